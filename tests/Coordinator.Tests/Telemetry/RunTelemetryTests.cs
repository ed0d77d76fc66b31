using System.Diagnostics;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Coordinator.Telemetry;
using EdgeFlora.Transport.Telemetry;

namespace EdgeFlora.Coordinator.Tests.Telemetry;

/// <summary>A run's part of its trace, in hostile hands and over take-overs. Spans of other tests are told apart by the run.</summary>
public sealed class RunTelemetryTests : IDisposable
{
    private const string Submission = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private readonly List<Activity> ended = [];
    private readonly ActivityListener listener;
    private readonly Guid run = Guid.CreateVersion7();
    private readonly RunTelemetry telemetry;

    public RunTelemetryTests()
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TelemetrySources.CoordinatorName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                lock (ended)
                {
                    ended.Add(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        telemetry = new RunTelemetry(run, Submission, meter: null, TimeProvider.System);
    }

    private Activity[] Spans
    {
        get
        {
            lock (ended)
            {
                return [.. ended.Where(span => span.GetTagItem(SpanAttributes.Run) as string == run.ToString())];
            }
        }
    }

    public void Dispose() => listener.Dispose();

    [Fact]
    public void What_an_agent_tells_is_bounded_and_only_of_the_list()
    {
        Begin();
        TaskSpan[] hostile =
        [
            new() { Name = "round.commit", AgoMs = 1, Milliseconds = 1 },
            new() { Name = "DROP TABLE runs", AgoMs = 1, Milliseconds = 1 },
            null!,
            new() { Name = SpanNames.Train, AgoMs = -1, Milliseconds = 1 },
            new() { Name = SpanNames.Train, AgoMs = 1, Milliseconds = long.MinValue },
            new() { Name = SpanNames.Train, AgoMs = long.MaxValue, Milliseconds = long.MaxValue },
            .. Enumerable.Range(0, 10_000).Select(_ => new TaskSpan { Name = SpanNames.Fetch, AgoMs = 1, Milliseconds = 1 }),
        ];

        telemetry.BeginIntake(Result(hostile)).End("passed");
        telemetry.End("over");

        Activity task = Assert.Single(Spans, span => span.OperationName == SpanNames.Task);
        Activity train = Assert.Single(Spans, span => span.OperationName == SpanNames.Train);
        Assert.Equal(WireLimits.MaxTaskSpans - 6, Spans.Count(span => span.OperationName == SpanNames.Fetch));
        Assert.DoesNotContain(Spans, span => span.OperationName is SpanNames.Commit or "DROP TABLE runs");
        Assert.True(train.StartTimeUtc >= task.StartTimeUtc);
        Assert.True(train.StartTimeUtc + train.Duration <= task.StartTimeUtc + task.Duration + TimeSpan.FromSeconds(1));
        Assert.All(Spans, span => Assert.Equal(task.TraceId, span.TraceId));
    }

    [Fact]
    public void A_result_is_told_of_once_however_often_it_is_looked_into()
    {
        Begin();
        TaskSpan[] spans = [new() { Name = SpanNames.Train, AgoMs = 1, Milliseconds = 1 }];

        telemetry.BeginIntake(Result(spans)).End("failed", failed: true);
        telemetry.BeginIntake(Result(spans)).End("passed");

        Assert.Single(Spans, span => span.OperationName == SpanNames.Train);
        Assert.Equal(2, Spans.Count(span => span.OperationName == SpanNames.Intake));
    }

    [Fact]
    public void After_a_take_over_a_result_is_below_the_task_that_its_offer_named()
    {
        const string Earlier = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
        telemetry.Happened(Event(RunEventKind.CoordinatorRecovered));

        telemetry.BeginIntake(Result([], Earlier)).End("passed");
        telemetry.End("over");

        Assert.Equal("00f067aa0ba902b7", Assert.Single(Spans, span => span.OperationName == SpanNames.Intake).ParentSpanId.ToString());
        Activity round = Assert.Single(Spans, span => span.OperationName == SpanNames.Round);
        Assert.Equal(("b7ad6b7169203331", true), (round.ParentSpanId.ToString(), round.GetTagItem(SpanAttributes.Recovered)));
    }

    [Theory]
    [InlineData("00-ffffffffffffffffffffffffffffffff-00f067aa0ba902b7-01")]
    [InlineData("nonsense")]
    [InlineData(null)]
    public void A_result_leads_into_no_other_trace(string? brought)
    {
        telemetry.Happened(Event(RunEventKind.CoordinatorRecovered));

        telemetry.BeginIntake(Result([], brought)).End("passed");
        telemetry.End("over");

        Activity round = Assert.Single(Spans, span => span.OperationName == SpanNames.Round);
        Assert.Equal(round.SpanId, Assert.Single(Spans, span => span.OperationName == SpanNames.Intake).ParentSpanId);
    }

    [Fact]
    public void A_skipped_round_is_an_error_and_what_is_late_ends_with_it()
    {
        Begin();

        telemetry.Happened(Event(RunEventKind.RoundSkipped));

        Assert.Equal(ActivityStatusCode.Error, Assert.Single(Spans, span => span.OperationName == SpanNames.Round).Status);
        Assert.Equal("late", Assert.Single(Spans, span => span.OperationName == SpanNames.Task).GetTagItem(SpanAttributes.Outcome));
    }

    [Fact]
    public void What_is_current_stays_current()
    {
        using Activity own = new Activity("own").Start();

        Begin();
        telemetry.End("over");

        Assert.Same(own, Activity.Current);
    }

    private void Begin()
    {
        telemetry.Happened(Event(RunEventKind.RoundOpened));
        telemetry.Happened(Event(RunEventKind.TaskOffered) with { AgentId = "a" });
        Assert.NotNull(telemetry.PlaceOf(Header(null)));
    }

    private RunEvent Event(RunEventKind kind) => new() { RunId = run, Sequence = 1, ElapsedMs = 1, Kind = kind, Round = 1 };

    private MessageHeader Header(string? place) => new()
    {
        V = ContractVersion.Current,
        MessageId = Guid.Empty,
        RunId = run,
        Round = 1,
        AgentId = "a",
        BootId = Guid.Empty,
        Seq = 1,
        TraceParent = place,
    };

    private ResultReady Result(IReadOnlyList<TaskSpan> spans, string? place = null) =>
        new() { Header = Header(place), Examples = 1, Metrics = new ResultMetrics(), Spans = spans };
}
