using System.Diagnostics;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Connection;
using EdgeFlora.EdgeAgent.Resilience;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.EdgeAgent.Training;

namespace EdgeFlora.EdgeAgent.Presence;

/// <summary>
/// Tells presence, at the interval the coordinator wishes and whenever the agent does something else, that it is alive and what it does; and the
/// intake, three times a lease, what must not be lost.
/// </summary>
/// <param name="terminal">Lines that presence is told of when they are others than before; null: none.</param>
internal sealed class HeartbeatLoop(
    AgentConnection connection, Enrolment enrolment, TaskRegistry registry, Func<AgentState> state, TimeProvider clock, TerminalTail? terminal = null)
{
    private static readonly TimeSpan BeforeWelcome = TimeSpan.FromSeconds(1);

    /// <summary>So often it is looked whether the agent does something else.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly Dictionary<TaskHandle, long> reportedAt = [];

    /// <summary>Each kind has a timer of its own: a report that waits for the broker's word keeps no heartbeat back.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(BeatAsync(stop), ReportAsync(stop));

    private static TimeSpan Interval(AgentWelcome? welcome) =>
        welcome is null ? BeforeWelcome : TimeSpan.FromMilliseconds(Math.Clamp(welcome.HeartbeatMs, 50, 600_000));

    private async Task BeatAsync(CancellationToken stop)
    {
        (AgentPhase Phase, long At)? told = null;
        (IReadOnlyList<string> Lines, long Term)? shown = null;
        while (true)
        {
            AgentWelcome? welcome = enrolment.Welcome;
            TimeSpan interval = Interval(welcome);
            await Task.Delay(interval < Look ? interval : Look, clock, stop);
            AgentPhase phase = state().Phase;
            bool isDue = told is null || clock.GetElapsedTime(told.Value.At) >= interval;
            if (welcome is not null && (isDue || told?.Phase != phase))
            {
                // With the usual heartbeats alone, however fast the terminal is written to.
                (IReadOnlyList<string>, long Term)? now = terminal is null ? null : (terminal.Lines, welcome.Header.Term);
                bool isNew = isDue && now is not null && now != shown;
                told = (phase, clock.GetTimestamp());
                shown = isNew ? now : shown;
                await BeatAsync(welcome, phase, isNew ? now!.Value.Item1 : null, stop);
            }
        }
    }

    private async Task ReportAsync(CancellationToken stop)
    {
        while (true)
        {
            AgentWelcome? welcome = enrolment.Welcome;
            await Task.Delay(Interval(welcome), clock, stop);
            if (welcome is not null)
            {
                await ReportAllAsync(stop);
            }
        }
    }

    private async Task BeatAsync(AgentWelcome welcome, AgentPhase phase, IReadOnlyList<string>? lines, CancellationToken stop)
    {
        using var process = Process.GetCurrentProcess();
        MessageHeader header = connection.Header(nameof(Heartbeat), $"{clock.GetTimestamp()}");
        var beat = new Heartbeat
        {
            Header = header,
            State = phase.ToString(),
            MemoryPeakBytes = process.PeakWorkingSet64,
            Terminal = lines,
            ConnectionQueue = connection.ConnectionQueue,
        };
        await connection.TellAsync(welcome.Presence, beat, header, stop);
    }

    /// <summary>Also of tasks that wait for their turn: their leases must live on.</summary>
    private async Task ReportAllAsync(CancellationToken stop)
    {
        IReadOnlyList<TaskHandle> tasks = registry.InHand;
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
        MessageHeader header = connection.Header(task.Offer.Header, nameof(TaskProgress), $"{clock.GetTimestamp()}");
        var progress = new TaskProgress
        {
            Header = header,
            Phase = standing.Phase,
            Step = standing.Step,
            Total = standing.Total,
            Loss = standing.Loss,
            Waiting = standing.Waiting,
        };
        TimeSpan third = TimeSpan.FromMilliseconds(Math.Max(0, task.LeaseMs) / 3.0);
        if (reportedAt.TryGetValue(task, out long last) && clock.GetElapsedTime(last) < third)
        {
            await connection.TellAsync(task.Offer.Intake, progress, header, stop);
            return;
        }

        reportedAt[task] = clock.GetTimestamp();
        try
        {
            await connection.SendOnceAsync(task.Offer.Intake, progress, header, stop);
        }
        catch (Exception failure) when (AgentPipelines.IsTransient(failure, stop))
        {
            // The next one is due within a third of the lease.
        }
    }
}
