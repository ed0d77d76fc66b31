using EdgeFlora.Coordinator.Telemetry;
using EdgeFlora.EdgeAgent.Telemetry;
using EdgeFlora.Transport.Telemetry;

namespace EdgeFlora.Architecture.Tests.Reference;

/// <summary>Metrics, and what traces are made of.</summary>
internal static class MetricsPage
{
    public static string Text() =>
        "# Metrics and spans\n\nThe service's metrics are at `/metrics` and, where a collector is named, exported by the meter "
        + $"`{TelemetrySources.CoordinatorName}`; agents export theirs by the meter `{TelemetrySources.AgentName}`. "
        + "What has `run` for a label is told while that run is not over.\n\n"
        + "## The service\n\n" + Rows(CoordinatorMetrics.All) + "\n## An agent\n\n" + Rows(AgentMetrics.All)
        + $"\n## Spans\n\nNames: {Words(SpanNames.All)}.\n\nAttributes: {Words(SpanAttributes.All)}.\n\n"
        + $"An agent without a collector may tell of {Words(SpanNames.OfAgents.Order(StringComparer.Ordinal))}.\n";

    private static string Words(IEnumerable<string> words) => string.Join(", ", words.Select(Table.Code));

    private static string Rows(IReadOnlyList<MetricDefinition> metrics) => Table.Of(
        ["Name", "At `/metrics`", "Kind", "Unit", "What it says", "Labels"],
        metrics.Select(metric => (string[])
        [
            Table.Code(metric.Name), Table.Code(metric.PrometheusName), metric.Kind.ToString().ToLowerInvariant(), Table.Code(metric.Unit),
            metric.Description, Words(metric.Labels),
        ]));
}
