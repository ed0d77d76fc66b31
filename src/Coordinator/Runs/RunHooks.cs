using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Telemetry;

namespace EdgeFlora.Coordinator.Runs;

/// <summary>What a service wants to know of a run. Called on the run's loop, once the step is stored.</summary>
internal sealed class RunHooks
{
    /// <summary>The run's part of its trace.</summary>
    public RunTelemetry Telemetry { get; init; } = new(run: default, submission: null, meter: null, TimeProvider.System);

    /// <summary>A step is done; run clock in milliseconds.</summary>
    public Action<LiveRun, long> Stepped { get; init; } = static (_, _) => { };

    /// <summary>The run's state in the store has changed, and why.</summary>
    public Action<Contracts.Api.RunState, string?> StateChanged { get; init; } = static (_, _) => { };

    /// <summary>An event was stored or is to be shown.</summary>
    public Action<RunEvent> Happened { get; init; } = static _ => { };

    /// <summary>Why an agent can do nothing for the run, as the fleet has it; null: it may.</summary>
    public Func<string, AgentWithdrawn?> WhyAway { get; init; } = static _ => null;

    /// <summary>Whether an agent finishes what it has and gets nothing new.</summary>
    public Func<string, bool> IsDrained { get; init; } = static _ => false;

    /// <summary>An agent has sent too many invalid results: its name, and why.</summary>
    public Action<string, string> Quarantined { get; init; } = static (_, _) => { };
}
