using System.Diagnostics;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Messaging;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.EdgeAgent.Training;

namespace EdgeFlora.EdgeAgent.Presence;

/// <summary>Tells presence, at the interval the coordinator wishes, that the agent is alive and how far its task is; and the intake, three times a lease, what must not be lost.</summary>
internal sealed class HeartbeatLoop(AgentLine line, Enrolment enrolment, TaskDesk desk, Func<AgentState> state, TimeProvider clock)
{
    private static readonly TimeSpan BeforeWelcome = TimeSpan.FromSeconds(1);

    private readonly Dictionary<TaskHandle, long> reportedAt = [];

    /// <summary>Each kind has a timer of its own: a report that waits for the broker's word keeps no heartbeat back.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(RepeatAsync(BeatAsync, stop), RepeatAsync(ReportAsync, stop));

    private async Task RepeatAsync(Func<CancellationToken, Task> act, CancellationToken stop)
    {
        while (true)
        {
            AgentWelcome? welcome = enrolment.Welcome;
            await Task.Delay(welcome is null ? BeforeWelcome : TimeSpan.FromMilliseconds(Math.Clamp(welcome.HeartbeatMs, 50, 600_000)), clock, stop);
            if (welcome is not null)
            {
                await act(stop);
            }
        }
    }

    private async Task BeatAsync(CancellationToken stop)
    {
        using var process = Process.GetCurrentProcess();
        MessageHeader header = line.Header(nameof(Heartbeat), $"{clock.GetTimestamp()}");
        await line.TellAsync(enrolment.Welcome!.Presence, new Heartbeat { Header = header, State = state().Phase.ToString(), MemoryPeakBytes = process.PeakWorkingSet64 }, header, stop);
    }

    /// <summary>Also of tasks that wait for their turn: their leases must live on.</summary>
    private async Task ReportAsync(CancellationToken stop)
    {
        IReadOnlyList<TaskHandle> tasks = desk.InHand;
        foreach (TaskHandle gone in reportedAt.Keys.Except(tasks).ToArray())
        {
            reportedAt.Remove(gone);
        }

        foreach (TaskHandle task in tasks)
        {
            await ReportAsync(task, stop);
        }
    }

    private async Task ReportAsync(TaskHandle task, CancellationToken stop)
    {
        TaskProgressBoard.Standing standing = task.Progress.Now;
        MessageHeader header = line.Header(task.Offer.Header, nameof(TaskProgress), $"{clock.GetTimestamp()}");
        var progress = new TaskProgress { Header = header, Phase = standing.Phase, Step = standing.Step, Total = standing.Total, Loss = standing.Loss };
        TimeSpan third = TimeSpan.FromMilliseconds(Math.Max(0, task.LeaseMs) / 3.0);
        if (reportedAt.TryGetValue(task, out long last) && clock.GetElapsedTime(last) < third)
        {
            await line.TellAsync(task.Offer.Intake, progress, header, stop);
            return;
        }

        reportedAt[task] = clock.GetTimestamp();
        try
        {
            await line.SendOnceAsync(task.Offer.Intake, progress, header, stop);
        }
        catch (Exception failure) when (Resilience.AgentPipelines.IsTransient(failure, stop))
        {
            // The next one is due within a third of the lease.
        }
    }
}
