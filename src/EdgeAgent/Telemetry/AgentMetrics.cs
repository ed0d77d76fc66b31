using System.Diagnostics.Metrics;
using EdgeFlora.Transport.Telemetry;

namespace EdgeFlora.EdgeAgent.Telemetry;

/// <summary>An agent's figures.</summary>
internal static class AgentMetrics
{
    public static readonly MetricDefinition Tasks = new(
        "edgeflora.agent.tasks", MetricKind.Counter, "{task}", "Tasks that are over for this agent, by how they ended.", "outcome");

    public static readonly MetricDefinition PhaseDuration = new(
        "edgeflora.agent.phase.duration", MetricKind.Histogram, "s", "Time in a part of a task, such as task.train.", "phase")
    {
        Buckets = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14400],
    };

    private static readonly Meter Source = new(TelemetrySources.AgentName);

    private static readonly Counter<long> Ended = Source.CreateCounter<long>(Tasks.Name, Tasks.Unit, Tasks.Description);

    private static readonly Histogram<double> Took = Source.CreateHistogram(
        PhaseDuration.Name, PhaseDuration.Unit, PhaseDuration.Description, tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = PhaseDuration.Buckets });

    public static IReadOnlyList<MetricDefinition> All { get; } = [Tasks, PhaseDuration];

    internal static void TaskEnded(string outcome) => Ended.Add(1, KeyValuePair.Create<string, object?>(Tasks.Labels[0], outcome));

    internal static void PhaseEnded(string phase, TimeSpan took) =>
        Took.Record(took.TotalSeconds, KeyValuePair.Create<string, object?>(PhaseDuration.Labels[0], phase));
}
