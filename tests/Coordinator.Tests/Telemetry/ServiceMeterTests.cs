using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Telemetry;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace EdgeFlora.Coordinator.Tests.Telemetry;

/// <summary>Figures come from one place: /metrics, an exporter and the dashboard show the same.</summary>
public sealed class ServiceMeterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Metrics_equal_what_the_api_and_the_ledger_tell_of_a_run()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        await rig.AddAsync(null, "a", "b", "c");
        RunOutcome outcome = await rig.OutcomeAsync(await rig.SubmitAsync("measured"));

        string text = await TextAsync(rig.Host.Meter);
        ServiceStatus status = await rig.Runs.StatusAsync(Stop);
        ServiceResources resources = await rig.Host.Monitor.ResourcesAsync(Stop);

        RoundFigures[] figures = [.. outcome.Rounds.Select(round => round.Figures!)];
        Assert.Equal(2, figures.Length);
        Assert.Equal(2, Value(text, """edgeflora_rounds_total{outcome="committed"}"""));
        Assert.Equal(6, Value(text, """edgeflora_results_total{outcome="accepted",reason=""}"""));
        Assert.Equal(figures.Sum(round => round.BytesUp), Value(text, """edgeflora_round_io_bytes_total{direction="receive"}"""));
        Assert.Equal(figures.Sum(round => round.BytesDown), Value(text, """edgeflora_round_io_bytes_total{direction="transmit"}"""));
        Assert.Equal(figures.Sum(round => round.Milliseconds) / 1000.0, Value(text, "edgeflora_round_duration_seconds_sum"), 1e-9);
        Assert.Equal(2, Value(text, """edgeflora_merge_duration_seconds_count{outcome="merged"}"""));
        Assert.Equal(6, Value(text, """edgeflora_intake_duration_seconds_count{outcome="passed"}"""));
        Assert.Equal(status.AgentsOnline, Value(text, """edgeflora_agents{state="online"}"""));
        Assert.Equal(status.Runs[RunState.Completed], Value(text, """edgeflora_runs{state="Completed"}"""));
        Assert.Equal(resources.BodyBytes, Value(text, """edgeflora_state_size_bytes{kind="bodies"}"""));
        Assert.DoesNotContain("edgeflora_run_divergence_ratio{", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_under_way_shows_its_newest_figures_until_it_is_over()
    {
        var meter = new ServiceMeter(Standing, TimeProvider.System);
        Guid run = Guid.Parse("0199b0aa-0000-7000-8000-000000000001");

        meter.Take(Event(run, RunEventKind.RoundCommitted, figures: Figures(used: 0.25)));
        meter.Take(Event(run, RunEventKind.RoundCommitted, figures: Figures(used: 0.125)));
        string during = await TextAsync(meter);
        meter.Take(Event(run, RunEventKind.RunCompleted));
        string after = await TextAsync(meter);

        Assert.Equal(0.125, Value(during, $$"""edgeflora_run_divergence_ratio{run="{{run}}",kind="used"}"""));
        Assert.DoesNotContain("kind=\"bound\"", during, StringComparison.Ordinal);
        Assert.DoesNotContain("edgeflora_run_divergence_ratio{", after, StringComparison.Ordinal);
        Assert.Equal(2, Value(after, """edgeflora_rounds_total{outcome="committed"}"""));
    }

    [Theory]
    [InlineData("LeaseExpired", "LeaseExpired")]
    [InlineData("my password is hunter2", Reasons.Other)]
    [InlineData("x\"} 1\nforged_total 5", Reasons.Other)]
    public async Task What_an_agent_writes_becomes_no_label(string code, string label)
    {
        var meter = new ServiceMeter(Standing, TimeProvider.System);

        meter.Take(Event(Guid.Empty, RunEventKind.TaskFailed, code));

        string text = await TextAsync(meter);
        Assert.Equal(1, Value(text, $$"""edgeflora_tasks_total{outcome="failed",reason="{{label}}"}"""));
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\nforged", text, StringComparison.Ordinal);
    }

    /// <summary>Every instrument is defined, and every definition has its instrument, its unit and its labels.</summary>
    [Fact]
    public async Task Instruments_are_those_of_the_list()
    {
        List<Instrument> made = [];
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => made.Add(instrument) };
        var meter = new ServiceMeter(Standing, TimeProvider.System);
        listener.Start();
        await TextAsync(meter);

        foreach (MetricDefinition metric in CoordinatorMetrics.All)
        {
            Assert.Contains(
                made,
                instrument => instrument.Meter.Name == TelemetrySources.CoordinatorName && instrument.Name == metric.Name && instrument.Unit == metric.Unit);
        }

        Assert.Empty(made.Where(instrument => instrument.Meter.Name == TelemetrySources.CoordinatorName).Select(instrument => instrument.Name)
            .Except(CoordinatorMetrics.All.Select(metric => metric.Name)));
    }

    [Fact]
    public async Task An_exporter_gets_what_metrics_shows()
    {
        List<Metric> exported = [];
        using MeterProvider provider = Sdk.CreateMeterProviderBuilder().AddMeter(TelemetrySources.CoordinatorName).AddInMemoryExporter(exported).Build();
        var meter = new ServiceMeter(Standing, TimeProvider.System);
        Guid run = Guid.Parse("0199b0aa-0000-7000-8000-000000000002");
        meter.Take(Event(run, RunEventKind.RoundCommitted, figures: Figures(used: 0.5)));
        string text = await TextAsync(meter);

        provider.ForceFlush();

        Assert.Equal(Value(text, $$"""edgeflora_run_divergence_ratio{run="{{run}}",kind="used"}"""), Exported(exported, CoordinatorMetrics.RunDivergence, run));
        Assert.Equal(Value(text, $$"""edgeflora_run_round{run="{{run}}"}"""), Exported(exported, CoordinatorMetrics.RunRound, run));
    }

    [Theory]
    [InlineData("s", MetricKind.Histogram, "a_b_seconds")]
    [InlineData("By", MetricKind.Counter, "a_b_bytes_total")]
    [InlineData("{round}", MetricKind.Counter, "a_b_total")]
    [InlineData("1", MetricKind.Gauge, "a_b_ratio")]
    [InlineData("", MetricKind.Gauge, "a_b")]
    public void Names_in_Prometheus_follow_the_rules_of_OpenTelemetry(string unit, MetricKind kind, string expected) =>
        Assert.Equal(expected, new MetricDefinition("a.b", kind, unit, "").PrometheusName);

    private static Task<ServiceReading> Standing(CancellationToken stop) => Task.FromResult(new ServiceReading(new ServiceStatus
    {
        Ready = true,
        Runs = new Dictionary<RunState, int>(),
        AgentsOnline = 0,
        Agents = 0,
        AgentsBusy = 0,
        Term = 7,
        StartedAt = DateTimeOffset.UnixEpoch,
    }));

    private static RunEvent Event(Guid run, RunEventKind kind, string? code = null, RoundFigures? figures = null) =>
        new() { RunId = run, Sequence = 1, ElapsedMs = 1, Kind = kind, Round = 1, AgentId = "a", Code = code, Figures = figures };

    private static RoundFigures Figures(double used) => new()
    {
        Strategy = "FloraNA",
        Accepted = ["a"],
        Offered = 1,
        Dropped = [],
        Late = [],
        Rejected = [],
        DivergenceUsed = used,
        DivergenceFedIt = 2 * used,
        DivergenceBound = null,
        BytesUp = 10,
        BytesDown = 20,
        ModelSha256 = "",
        Milliseconds = 1500,
    };

    private static async Task<string> TextAsync(ServiceMeter meter)
    {
        using var text = new MemoryStream();
        await meter.Registry.CollectAndExportAsTextAsync(text, Stop);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    private static double Value(string text, string series)
    {
        string line = Assert.Single(text.Split('\n'), line => line.StartsWith(series + " ", StringComparison.Ordinal));
        return double.Parse(line[(series.Length + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>Meters of other tests are exported too: the run tells this one's point.</summary>
    private static double Exported(List<Metric> exported, MetricDefinition metric, Guid run)
    {
        foreach (Metric one in exported.Where(one => one.Name == metric.Name))
        {
            foreach (MetricPoint point in one.GetMetricPoints())
            {
                foreach (KeyValuePair<string, object?> tag in point.Tags)
                {
                    if (tag.Value as string == run.ToString())
                    {
                        return point.GetGaugeLastValueDouble();
                    }
                }
            }
        }

        throw new InvalidOperationException($"{metric.Name} was not exported.");
    }
}
