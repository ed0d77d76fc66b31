using System.Diagnostics.Metrics;
using EdgeFlora.Transport.Telemetry;

namespace EdgeFlora.Coordinator.Telemetry;

/// <summary>Makes instruments as their definitions say.</summary>
internal static class Instruments
{
    public static Counter<long> Counter(Meter meter, MetricDefinition metric) =>
        meter.CreateCounter<long>(metric.Name, metric.Unit, metric.Description);

    public static Histogram<double> Histogram(Meter meter, MetricDefinition metric) => meter.CreateHistogram(
        metric.Name, metric.Unit, metric.Description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = metric.Buckets });

    public static void Observe(Meter meter, MetricDefinition metric, Func<IEnumerable<Measurement<double>>> points)
    {
        if (metric.Kind == MetricKind.Counter)
        {
            meter.CreateObservableCounter(metric.Name, points, metric.Unit, metric.Description);
        }
        else
        {
            meter.CreateObservableGauge(metric.Name, points, metric.Unit, metric.Description);
        }
    }
}
