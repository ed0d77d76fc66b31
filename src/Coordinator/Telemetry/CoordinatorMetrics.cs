using EdgeFlora.Transport.Telemetry;

namespace EdgeFlora.Coordinator.Telemetry;

/// <summary>Every metric of a coordinator: what <c>/metrics</c> shows, and what is exported.</summary>
public static class CoordinatorMetrics
{
    public static readonly MetricDefinition Ready = new(
        "edgeflora.ready", MetricKind.Gauge, "", "1 when the service takes commands and events flow.");

    public static readonly MetricDefinition Term = new("edgeflora.term", MetricKind.Gauge, "", "Term of this service on its store.");

    public static readonly MetricDefinition Runs = new(
        "edgeflora.runs", MetricKind.Gauge, "{run}", "Runs in the store; Queued is the queue.", "state");

    public static readonly MetricDefinition Agents = new(
        "edgeflora.agents", MetricKind.Gauge, "{agent}", "Agents of the fleet: enrolled, online, busy.", "state");

    public static readonly MetricDefinition Alerts = new(
        "edgeflora.alerts", MetricKind.Gauge, "{alert}", "What an operator should know of, as the dashboard tells it.", "severity");

    public static readonly MetricDefinition Forged = new(
        "edgeflora.forged_messages", MetricKind.Counter, "{message}",
        "Messages in the name of agents whose users did not send them; they were dropped.");

    public static readonly MetricDefinition QueueMessages = new(
        "edgeflora.queue.messages", MetricKind.Gauge, "{message}", "Messages that wait in a queue that agents send to.", "queue");

    public static readonly MetricDefinition QueueConsumers = new(
        "edgeflora.queue.consumers", MetricKind.Gauge, "{consumer}", "Who reads from that queue.", "queue");

    public static readonly MetricDefinition DiskFree = new("edgeflora.disk.free", MetricKind.Gauge, "By", "Free where the state folder lies.");

    public static readonly MetricDefinition DiskSize = new("edgeflora.disk.size", MetricKind.Gauge, "By", "Size of that disk.");

    public static readonly MetricDefinition StateSize = new(
        "edgeflora.state.size", MetricKind.Gauge, "By", "Kept: the store, and bodies of adapters.", "kind");

    public static readonly MetricDefinition Memory = new("edgeflora.process.memory", MetricKind.Gauge, "By", "Resident memory of the service.");

    public static readonly MetricDefinition Rounds = new(
        "edgeflora.rounds", MetricKind.Counter, "{round}", "Rounds: opened, extended, and how they ended, committed or skipped.", "outcome");

    public static readonly MetricDefinition RoundDuration = new(
        "edgeflora.round.duration", MetricKind.Histogram, "s", "From a round's opening to its commit.")
    {
        Buckets = [1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 14400],
    };

    public static readonly MetricDefinition RoundTraffic = new(
        "edgeflora.round.io", MetricKind.Counter, "By",
        "Bodies of committed rounds, without what was sent again: receive from agents, transmit to them.", "direction");

    public static readonly MetricDefinition Tasks = new(
        "edgeflora.tasks", MetricKind.Counter, "{task}",
        "Tasks of agents: offered, accepted, and how they ended without a result, and why.", "outcome", "reason");

    public static readonly MetricDefinition Results = new(
        "edgeflora.results", MetricKind.Counter, "{result}", "Results of agents: accepted, rejected, late, and why.", "outcome", "reason");

    public static readonly MetricDefinition IntakeDuration = new(
        "edgeflora.intake.duration", MetricKind.Histogram, "s", "Time to look into a result.", "outcome")
    {
        Buckets = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60],
    };

    public static readonly MetricDefinition MergeDuration = new(
        "edgeflora.merge.duration", MetricKind.Histogram, "s", "Time to merge a round.", "outcome")
    {
        Buckets = [0.1, 0.5, 1, 5, 15, 60, 300, 900],
    };

    public static readonly MetricDefinition Quarantines = new(
        "edgeflora.quarantines", MetricKind.Counter, "{agent}", "Agents that a run has quarantined.");

    public static readonly MetricDefinition RunRound = new(
        "edgeflora.run.round", MetricKind.Gauge, "{round}", "Newest committed round of a run that is not over.", "run");

    public static readonly MetricDefinition RunDivergence = new(
        "edgeflora.run.divergence", MetricKind.Gauge, "1",
        "Divergence of that round's merge, relative: used, what plain averaging would have had (fedit), and the least possible (bound).",
        "run", "kind");

    public static readonly MetricDefinition RunAccuracy = new(
        "edgeflora.run.accuracy", MetricKind.Gauge, "1", "Accuracy of the global adapter as an evaluator measured it last.", "run");

    public static readonly MetricDefinition RunEpsilon = new(
        "edgeflora.run.epsilon", MetricKind.Gauge, "", "Privacy spent by a private run that is not over.", "run");

    public static IReadOnlyList<MetricDefinition> All { get; } =
    [
        Ready, Term, Runs, Agents, Alerts, Forged, QueueMessages, QueueConsumers, DiskFree, DiskSize, StateSize, Memory,
        Rounds, RoundDuration, RoundTraffic, Tasks, Results, IntakeDuration, MergeDuration, Quarantines, RunRound, RunDivergence, RunAccuracy,
        RunEpsilon,
    ];
}
