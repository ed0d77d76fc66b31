using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using EdgeFlora.Transport.Telemetry;
using Prometheus;

namespace EdgeFlora.Coordinator.Telemetry;

/// <summary>Hands what a meter measures to Prometheus, under the names that OpenTelemetry gives it there.</summary>
/// <remarks>
/// OpenTelemetry's own endpoint for ASP.NET Core has had no stable version yet, and prometheus-net's adapter of meters puts the meter's name
/// before each metric's and leaves out units.
/// </remarks>
internal sealed class MeterFeed : IDisposable
{
    private readonly Dictionary<string, MetricDefinition> metrics;
    private readonly ConcurrentDictionary<string, Collector> collectors = [];
    private readonly HashSet<(string Metric, string Series)> seen = [];
    private readonly MeterListener listener = new();
    private readonly MetricFactory factory;
    private readonly Lock gate = new();

    public MeterFeed(Meter meter, IEnumerable<MetricDefinition> metrics, CollectorRegistry registry)
    {
        this.metrics = metrics.ToDictionary(metric => metric.Name, StringComparer.Ordinal);
        factory = Prometheus.Metrics.WithCustomRegistry(registry);
        listener.InstrumentPublished = (instrument, publishing) =>
        {
            if (ReferenceEquals(instrument.Meter, meter))
            {
                publishing.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, labels, _) => Measured(instrument, value, labels));
        listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) => Measured(instrument, value, labels));
        listener.Start();
    }

    /// <summary>Asks for what is measured only when somebody wants to know, and forgets series that are no more.</summary>
    public void Collect()
    {
        lock (gate)
        {
            seen.Clear();
            listener.RecordObservableInstruments();
            foreach ((string name, Collector collector) in collectors)
            {
                if (collector is Gauge gauge)
                {
                    foreach (string[] series in gauge.GetAllLabelValues().Where(series => !seen.Contains((name, Key(series)))).ToArray())
                    {
                        gauge.RemoveLabelled(series);
                    }
                }
            }
        }
    }

    public void Dispose() => listener.Dispose();

    private void Measured(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        MetricDefinition metric = metrics[instrument.Name];
        string[] series = new string[metric.Labels.Count];
        Array.Fill(series, "");
        foreach ((string key, object? label) in labels)
        {
            series[metric.Labels.ToList().IndexOf(key)] = Convert.ToString(label, CultureInfo.InvariantCulture) ?? "";
        }

        switch (collectors.GetOrAdd(metric.Name, _ => Collector(metric)))
        {
            case Counter counter when instrument.IsObservable:
                counter.WithLabels(series).IncTo(value);
                break;
            case Counter counter:
                counter.WithLabels(series).Inc(value);
                break;
            case Histogram histogram:
                histogram.WithLabels(series).Observe(value);
                break;
            case Gauge gauge:
                seen.Add((metric.Name, Key(series)));
                gauge.WithLabels(series).Set(value);
                break;
        }
    }

    private Collector Collector(MetricDefinition metric)
    {
        string[] labels = [.. metric.Labels];
        return metric.Kind switch
        {
            MetricKind.Counter => factory.CreateCounter(metric.PrometheusName, metric.Description, labels),
            MetricKind.Histogram => factory.CreateHistogram(
                metric.PrometheusName, metric.Description, labels, new HistogramConfiguration { Buckets = [.. metric.Buckets] }),
            _ => factory.CreateGauge(metric.PrometheusName, metric.Description, labels),
        };
    }

    private static string Key(string[] series) => string.Join('\n', series);
}
