using System.Diagnostics.Metrics;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Transport.Telemetry;
using Prometheus;

namespace EdgeFlora.Coordinator.Telemetry;

/// <summary>The figures of one coordinator. Each is measured once, and both <c>/metrics</c> and an exporter get it from here.</summary>
#pragma warning disable CA1001 // It lives as long as its host and is ended with it.
public sealed class ServiceMeter
#pragma warning restore CA1001
{
    /// <summary>An exporter asks for each gauge in turn: what was read for the first counts for all.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly Meter meter = new(TelemetrySources.CoordinatorName);
    private readonly Func<CancellationToken, Task<ServiceReading>> read;
    private readonly TimeProvider clock;
    private readonly Lock gate = new();
    private readonly MeterFeed feed;
    private readonly RunFigures runs;
    private readonly Histogram<double> intake;
    private readonly Histogram<double> merge;
    private Task<ServiceReading>? look;
    private ServiceReading? last;
    private long lookedAt;

    /// <param name="read">Asks the service how it stands.</param>
    public ServiceMeter(Func<CancellationToken, Task<ServiceReading>> read, TimeProvider clock)
    {
        this.read = read;
        this.clock = clock;
        feed = new MeterFeed(meter, CoordinatorMetrics.All, Registry);
        runs = new RunFigures(meter);
        intake = Instruments.Histogram(meter, CoordinatorMetrics.IntakeDuration);
        merge = Instruments.Histogram(meter, CoordinatorMetrics.MergeDuration);
        ObserveStatus();
        ObserveResources();
        Registry.AddBeforeCollectCallback(async stop =>
        {
            await ReadAsync(stop);
            feed.Collect();
        });
    }

    /// <summary>The same figures for Prometheus.</summary>
    public CollectorRegistry Registry { get; } = Prometheus.Metrics.NewCustomRegistry();

    /// <summary>Counts what happened in a run.</summary>
    public void Take(RunEvent happened) => runs.Take(happened);

    internal void Inspected(TimeSpan took, string outcome) =>
        intake.Record(took.TotalSeconds, KeyValuePair.Create<string, object?>(CoordinatorMetrics.IntakeDuration.Labels[0], outcome));

    internal void Merged(TimeSpan took, string outcome) =>
        merge.Record(took.TotalSeconds, KeyValuePair.Create<string, object?>(CoordinatorMetrics.MergeDuration.Labels[0], outcome));

    /// <summary>The service is over: nothing of it is exported any more.</summary>
    internal void End()
    {
        meter.Dispose();
        feed.Dispose();
    }

    /// <summary>Reads anew for whoever asks for the metrics now.</summary>
    private async Task ReadAsync(CancellationToken stop)
    {
        Task<ServiceReading> reading;
        lock (gate)
        {
            reading = Look();
        }

        ServiceReading now = await reading.WaitAsync(stop);
        lock (gate)
        {
            last = now;
        }
    }

    /// <summary>An exporter's thread cannot wait: it gets the newest reading there is, and has the next one begun.</summary>
    private ServiceReading? Newest()
    {
        lock (gate)
        {
            if (look is not { IsCompleted: false } && (look is null || clock.GetElapsedTime(lookedAt) >= Fresh))
            {
                Look();
            }

            return last = look is { IsCompletedSuccessfully: true } done ? done.Result : last;
        }
    }

    private Task<ServiceReading> Look()
    {
        if (look is not { IsCompleted: false })
        {
            (look, lookedAt) = (read(CancellationToken.None), clock.GetTimestamp());
        }

        return look;
    }

    private void ObserveStatus()
    {
        Observe(CoordinatorMetrics.Ready, now => [Point(now.Status.Ready ? 1 : 0)]);
        Observe(CoordinatorMetrics.Term, now => [Point(now.Status.Term)]);
        Observe(CoordinatorMetrics.Runs, now => Enum.GetValues<RunState>()
            .Select(state => Point(now.Status.Runs.GetValueOrDefault(state), ("state", state.ToString()))));
        Observe(CoordinatorMetrics.Agents, now =>
        [
            Point(now.Status.Agents, ("state", "enrolled")),
            Point(now.Status.AgentsOnline, ("state", "online")),
            Point(now.Status.AgentsBusy, ("state", "busy")),
        ]);
        Observe(CoordinatorMetrics.Forged, now => [Point(now.Status.ForgedMessages)]);
        Observe(CoordinatorMetrics.Alerts, now => now.Alerts is not { } alerts
            ? []
            : Enum.GetValues<AlertSeverity>()
                .Select(severity => Point(alerts.Count(alert => alert.Severity == severity), ("severity", severity.ToString()))));
    }

    private void ObserveResources()
    {
        Observe(CoordinatorMetrics.DiskFree, now => now.Resources?.DiskFreeBytes is { } free ? [Point(free)] : []);
        Observe(CoordinatorMetrics.DiskSize, now => now.Resources?.DiskTotalBytes is { } total ? [Point(total)] : []);
        Observe(CoordinatorMetrics.StateSize, now => now.Resources is { } used
            ? [Point(used.DatabaseBytes, ("kind", "store")), Point(used.BodyBytes, ("kind", "bodies"))]
            : []);
        Observe(CoordinatorMetrics.Memory, now => now.Resources is { } used ? [Point(used.MemoryBytes)] : []);
        Observe(CoordinatorMetrics.QueueMessages, now => Queues(now).Select(queue => Point(queue.Messages, ("queue", queue.Name))));
        Observe(CoordinatorMetrics.QueueConsumers, now => Queues(now).Select(queue => Point(queue.Consumers, ("queue", queue.Name))));
    }

    private static IEnumerable<QueueDepth> Queues(ServiceReading now) => now.Resources?.Queues ?? [];

    private void Observe(MetricDefinition metric, Func<ServiceReading, IEnumerable<Measurement<double>>> points) =>
        Instruments.Observe(meter, metric, () => Newest() is { } now ? points(now) : []);

    private static Measurement<double> Point(double value, params (string Key, string Value)[] labels) =>
        new(value, labels.Select(label => KeyValuePair.Create<string, object?>(label.Key, label.Value)));
}
