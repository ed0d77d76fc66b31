using System.Diagnostics;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Telemetry;
using EdgeFlora.Integration.Tests.Given;
using EdgeFlora.Transport.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Trace;
using SpanAttributes = EdgeFlora.Transport.Telemetry.SpanAttributes;

namespace EdgeFlora.Integration.Tests.Telemetry;

/// <summary>One trace joins a run's submission, its rounds, its agents' work and its merges.</summary>
public sealed class TraceTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <param name="agentsExport">Whether agents export spans themselves; if not, the coordinator tells of them.</param>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_trace_joins_submission_offer_work_intake_merge_and_commit(bool agentsExport)
    {
        string[] sources = agentsExport ? [TelemetrySources.CoordinatorName, TelemetrySources.AgentName] : [TelemetrySources.CoordinatorName];
        Activity[] spans = await RunAsync(sources);

        Activity submission = Assert.Single(spans, span => span.OperationName == SpanNames.Submission);
        Assert.Equal(default, submission.ParentSpanId);
        Assert.Single(spans.Select(span => span.TraceId).Distinct());
        Activity[] rounds = Named(spans, SpanNames.Round);
        Assert.Equal([1, 2], rounds.Select(round => Assert.IsType<int>(round.GetTagItem(SpanAttributes.Round))).Order());
        Assert.All(rounds, round => Assert.Equal(submission.SpanId, round.ParentSpanId));
        Assert.All(rounds, round => Assert.Equal("RoundCommitted", round.GetTagItem(SpanAttributes.Outcome)));
        foreach (Activity round in rounds)
        {
            Activity[] parts = Children(spans, round);
            Assert.Single(parts, part => part.OperationName == SpanNames.Merge);
            Assert.Single(parts, part => part.OperationName == SpanNames.Commit);
            Activity[] trainings = [.. parts.Where(part => part.OperationName == SpanNames.Task && Agent(part) != "evaluator")];
            Assert.Equal(["trainer-1", "trainer-2", "trainer-3"], trainings.Select(Agent).Order());
            Assert.All(trainings, task => Whole(spans, task, agentsExport));
        }

        Assert.Contains(Named(spans, SpanNames.Work), work => Agent(work) == "evaluator");
        Assert.All(spans, span => Assert.Contains(span.OperationName, SpanNames.All));
        Assert.All(spans.SelectMany(span => span.TagObjects), attribute => Assert.Contains(attribute.Key, SpanAttributes.All));
        Assert.All(spans, span => Assert.True(span.Duration >= TimeSpan.Zero));
    }

    /// <summary>Whoever traces every tenth run wants no pieces of the others, of agents that export themselves neither.</summary>
    [Fact]
    public async Task A_run_that_the_sampler_leaves_out_is_left_out_whole() => Assert.Empty(
        await RunAsync([TelemetrySources.CoordinatorName, TelemetrySources.AgentName], new ParentBasedSampler(new AlwaysOffSampler())));

    [Fact]
    public void Without_a_listener_no_span_is_made_and_no_place_goes_over_the_wire()
    {
        var run = new RunTelemetry(Guid.CreateVersion7(), submission: null, meter: null, TimeProvider.System);
        var opened = new RunEvent { RunId = Guid.Empty, Sequence = 1, ElapsedMs = 0, Kind = RunEventKind.RoundOpened, Round = 1 };
        run.Happened(opened);
        run.Happened(opened with { Kind = RunEventKind.TaskOffered, AgentId = "a" });
        var header = new MessageHeader
        {
            V = ContractVersion.Current,
            MessageId = Guid.Empty,
            Round = 1,
            AgentId = "a",
            BootId = Guid.Empty,
            Seq = 1,
        };

        Assert.Null(run.PlaceOf(header));
        Assert.Null(RunTelemetry.Submit(Guid.Empty));
    }

    /// <summary>A task's spans: what the agent did is below what the coordinator asked of it, and so is the look into the result.</summary>
    private static void Whole(Activity[] spans, Activity task, bool agentsExport)
    {
        Activity intake = Assert.Single(Children(spans, task), span => span.OperationName == SpanNames.Intake);
        Activity work = Assert.Single(Children(spans, task), span => span.OperationName == SpanNames.Work);
        string[] parts = [SpanNames.Fetch, SpanNames.Evaluate, SpanNames.Train, SpanNames.Evaluate, SpanNames.Pack, SpanNames.Upload];
        string[] expected = agentsExport ? [.. parts, SpanNames.Report] : parts;

        Assert.Equal(expected, Children(spans, work).Select(span => span.OperationName));
        Assert.All(Children(spans, work).Append(work), span => Assert.Equal(Agent(task), Agent(span)));
        Assert.Equal("passed", intake.GetTagItem(SpanAttributes.Outcome));
        Assert.Equal(agentsExport ? null : true, work.GetTagItem(SpanAttributes.Relayed));
        Assert.True(work.StartTimeUtc >= task.StartTimeUtc);
    }

    private static async Task<Activity[]> RunAsync(string[] sources, Sampler? sampler = null)
    {
        List<Activity> spans = [];
        using TracerProvider provider = Sdk.CreateTracerProviderBuilder()
            .AddSource(sources).SetSampler(sampler ?? new ParentBasedSampler(new AlwaysOnSampler())).AddInMemoryExporter(spans).Build();
        await using (Federation federation = await Federation.StartAsync(url: null))
        {
            (_, Task<RunOutcome> run) = await federation.CoordinatorAsync(federation.Options("traced"));
            await federation.AllAgentsAsync();
            Assert.Equal(RunStatus.Completed, (await run.InTimeAsync(federation.Describe)).Status);
            foreach (string agent in new[] { "trainer-1", "trainer-2", "trainer-3", "evaluator" })
            {
                await Federation.UntilAsync(() => federation.Agent(agent).State is { Round: 0 } state ? state : null);
            }
        }

        provider.ForceFlush();
        return [.. spans.OrderBy(span => span.StartTimeUtc)];
    }

    private static string? Agent(Activity span) => span.GetTagItem(SpanAttributes.Agent) as string;

    private static Activity[] Named(Activity[] spans, string name) => [.. spans.Where(span => span.OperationName == name)];

    private static Activity[] Children(Activity[] spans, Activity parent) => [.. spans.Where(span => span.ParentSpanId == parent.SpanId)];
}
