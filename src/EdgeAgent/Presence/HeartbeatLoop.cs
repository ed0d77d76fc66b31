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

    private TaskHandle? reported;
    private long reportedAt;

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            AgentWelcome? welcome = enrolment.Welcome;
            await Task.Delay(welcome is null ? BeforeWelcome : TimeSpan.FromMilliseconds(Math.Clamp(welcome.HeartbeatMs, 50, 600_000)), clock, stop);
            if (welcome is null)
            {
                continue;
            }

            using var process = Process.GetCurrentProcess();
            MessageHeader header = line.Header(nameof(Heartbeat), $"{clock.GetTimestamp()}");
            await line.TellAsync(new Heartbeat { Header = header, State = state().Phase.ToString(), MemoryPeakBytes = process.PeakWorkingSet64 }, header, stop);
            if (desk.Current is { } task)
            {
                await ReportAsync(task, stop);
            }
        }
    }

    private async Task ReportAsync(TaskHandle task, CancellationToken stop)
    {
        TaskProgressBoard.Standing standing = task.Progress.Now;
        MessageHeader header = line.Header(task.Offer.Header, nameof(TaskProgress), $"{clock.GetTimestamp()}");
        var progress = new TaskProgress { Header = header, Phase = standing.Phase, Step = standing.Step, Total = standing.Total, Loss = standing.Loss };
        TimeSpan third = TimeSpan.FromMilliseconds(Math.Max(0, task.LeaseMs) / 3.0);
        if (task == reported && clock.GetElapsedTime(reportedAt) < third)
        {
            await line.TellAsync(progress, header, stop);
            return;
        }

        (reported, reportedAt) = (task, clock.GetTimestamp());
        try
        {
            await line.SendOnceAsync(progress, header, stop);
        }
        catch (Exception failure) when (Resilience.AgentPipelines.IsTransient(failure))
        {
            // The next one is due within a third of the lease.
        }
    }
}
