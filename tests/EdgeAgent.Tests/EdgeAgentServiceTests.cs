using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests;

/// <summary>The agent against a scripted coordinator on the real bus, in memory.</summary>
public sealed class EdgeAgentServiceTests
{
    private static readonly AdapterReference Reference = new(Offers.Global);

    [Fact]
    public async Task A_training_task_ends_with_a_body_that_decodes_and_figures_that_belong_to_it()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine());
        TaskOffer offer = bench.Offer();

        var hello = await bench.Coordinator.NextAsync<AgentHello>();
        await bench.Coordinator.OfferAsync(offer);
        var accepted = await bench.Coordinator.NextAsync<TaskAccepted>();
        var result = await bench.Coordinator.NextAsync<ResultReady>();
        await bench.Coordinator.AcceptAsync(result);
        await bench.JournalEmptyAsync();

        Assert.Equal((8, 2), (hello.Data.Examples, hello.Data.HeldOut));
        Assert.Equal(offer.Header.TaskId, accepted.Header.TaskId);
        Assert.Equal((offer.Header.TaskId, 8, 4), (result.Header.TaskId, result.Examples, result.Rank));
        Assert.Equal((0.0, 1.0, 2), (result.Metrics.GlobalAccuracy, result.Metrics.LocalAccuracy, result.Metrics.HeldOut));
        Assert.True(result.Metrics.LossAfter < result.Metrics.LossBefore);
        LoraAdapter update = Decode(bench, result);
        Assert.NotEqual(Offers.Global.Modules["layer.query"].B.Values[0], update.Modules["layer.query"].B.Values[0]);
    }

    [Fact]
    public async Task An_agent_killed_while_training_goes_on_from_its_checkpoint_to_the_same_bytes()
    {
        await using Bench whole = await Bench.StartAsync();
        whole.Agent(new SteppingEngine());
        await whole.Coordinator.OfferAsync(whole.Offer());
        var expected = await whole.Coordinator.NextAsync<ResultReady>();
        await using Bench bench = await Bench.StartAsync();
        var held = new SteppingEngine { HoldAt = 13 };
        EdgeAgentService first = bench.Agent(held);
        await bench.Coordinator.OfferAsync(bench.Offer());
        await held.Holding.Task.WaitAsync(TestContext.Current.CancellationToken);

        Task dying = first.DieAsync();
        held.Release();
        await dying;
        var second = new SteppingEngine();
        await bench.Coordinator.NextAsync<AgentHello>();
        bench.Agent(second);
        var hello = await bench.Coordinator.NextAsync<AgentHello>();
        var accepted = await bench.Coordinator.NextAsync<TaskAccepted>();
        var result = await bench.Coordinator.NextAsync<ResultReady>();

        Assert.Equal((bench.Offer().Header.TaskId, 10), (hello.Journal!.TaskId, hello.Journal.Step));
        Assert.Equal(10, accepted.ResumedFromStep);
        Assert.Equal(10, second.StepsDone);
        Assert.Equal(expected.Claim, result.Claim);
        Assert.Equal(expected.Metrics, result.Metrics);
    }

    [Fact]
    public async Task A_result_is_sent_again_under_the_same_id_until_it_is_answered_even_by_a_new_process()
    {
        await using Bench bench = await Bench.StartAsync();
        EdgeAgentService first = bench.Agent(new SteppingEngine());
        await bench.Coordinator.OfferAsync(bench.Offer());
        var once = await bench.Coordinator.NextAsync<ResultReady>();
        var twice = await bench.Coordinator.NextAsync<ResultReady>();

        await first.DieAsync();
        var never = new SteppingEngine { HoldAt = 0 };
        bench.Agent(never);
        ResultReady later;
        do
        {
            later = await bench.Coordinator.NextAsync<ResultReady>();
        }
        while (later.Header.BootId == once.Header.BootId);

        await bench.Coordinator.RejectAsync(later, RejectionCode.Duplicate);
        await bench.JournalEmptyAsync();

        Assert.Equal(once.Header.MessageId, twice.Header.MessageId);
        Assert.Equal(once.Header.MessageId, later.Header.MessageId);
        Assert.Equal(0, never.StepsDone);
        Assert.True(Residual(bench) > 0);
    }

    [Fact]
    public async Task Error_feedback_becomes_permanent_with_the_acknowledgement_and_enters_the_next_update()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine());
        await bench.Coordinator.OfferAsync(bench.Offer(round: 1));
        var first = await bench.Coordinator.NextAsync<ResultReady>();
        double before = Residual(bench);

        await bench.Coordinator.AcceptAsync(first);
        await bench.JournalEmptyAsync();
        await bench.Coordinator.OfferAsync(bench.Offer(round: 2));
        ResultReady second = await ResultOfRound(bench, 2);

        Assert.Equal(0, before);
        Assert.True(Residual(bench) > 0);
        Assert.Equal(Residual(bench), second.ErrorFeedbackNorm);
        Assert.NotEqual(first.Claim!.Sha256, second.Claim!.Sha256);
    }

    [Fact]
    public async Task Error_feedback_of_a_refused_update_is_forgotten()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine());
        await bench.Coordinator.OfferAsync(bench.Offer(round: 1));
        var first = await bench.Coordinator.NextAsync<ResultReady>();

        await bench.Coordinator.RejectAsync(first, RejectionCode.Invalid);
        await bench.JournalEmptyAsync();
        await bench.Coordinator.OfferAsync(bench.Offer(round: 2));
        ResultReady second = await ResultOfRound(bench, 2);

        // Same start, same seed, nothing left over: the same bytes.
        Assert.Equal(first.Claim, second.Claim);
    }

    [Fact]
    public async Task A_cancelled_task_stops_and_the_next_offer_is_taken()
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine { HoldAt = 7 };
        bench.Agent(engine);
        TaskOffer offer = bench.Offer(round: 1);
        await bench.Coordinator.OfferAsync(offer);
        await engine.Holding.Task.WaitAsync(TestContext.Current.CancellationToken);

        await bench.Coordinator.CancelAsync(offer);
        await bench.Coordinator.OfferAsync(bench.Offer(round: 2, kind: TaskKind.Evaluate));
        await Bench.UntilAsync(() => Directory.GetDirectories(Path.Combine(bench.State, "journal")).Length == 2);
        engine.Release();
        ResultReady result = await ResultOfRound(bench, 2);

        Assert.Equal(8, engine.StepsDone);
        Assert.Null(result.Claim);
        Assert.Equal(2, result.Metrics.HeldOut);
    }

    [Fact]
    public async Task Training_in_a_newer_round_supersedes_the_old_one()
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine { HoldAt = 7 };
        bench.Agent(engine);
        await bench.Coordinator.OfferAsync(bench.Offer(round: 1));
        await engine.Holding.Task.WaitAsync(TestContext.Current.CancellationToken);

        await bench.Coordinator.OfferAsync(bench.Offer(round: 2, steps: 5));
        await Bench.UntilAsync(() => Directory.GetDirectories(Path.Combine(bench.State, "journal")).Length == 2);
        engine.Release();
        var result = await bench.Coordinator.NextAsync<ResultReady>();

        Assert.Equal(2, result.Header.Round);
    }

    [Fact]
    public async Task A_label_the_task_does_not_know_makes_the_agent_decline_and_name_it()
    {
        await using Bench bench = await Bench.StartAsync();
        string data = bench.WriteData("""{"text": "good", "label": "good"}""", """{"text": "bad", "label": "ugly"}""");
        bench.Agent(new SteppingEngine(), bench.Options with { DataFile = data });

        await bench.Coordinator.OfferAsync(bench.Offer());
        var declined = await bench.Coordinator.NextAsync<TaskDeclined>();

        Assert.Equal(DeclineReason.NoData, declined.Reason);
        Assert.Contains("'ugly'", declined.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_diverging_training_is_reported_as_such()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine { DivergeAt = 3 });

        await bench.Coordinator.OfferAsync(bench.Offer());
        var failed = await bench.Coordinator.NextAsync<TaskFailed>();
        await bench.JournalEmptyAsync();

        Assert.Equal(("Diverged", false), (failed.Code, failed.Retryable));
    }

    [Fact]
    public async Task A_training_process_that_is_lost_for_good_is_a_failure_worth_another_try()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine { LoseAt = 3, Losses = 100 });

        await bench.Coordinator.OfferAsync(bench.Offer());
        var failed = await bench.Coordinator.NextAsync<TaskFailed>();
        await bench.JournalEmptyAsync();

        Assert.Equal(("EngineLost", true), (failed.Code, failed.Retryable));
        Assert.Contains("killed by signal 9", failed.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_hard_cap_ends_a_task_without_a_word_of_the_coordinator()
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine { MeasuresUntilCancelled = true };
        EdgeAgentService agent = bench.Agent(engine);

        await bench.Coordinator.OfferAsync(bench.Offer(hardCapMs: 300));
        await bench.Coordinator.NextAsync<TaskAccepted>();
        await bench.JournalEmptyAsync();
        await Bench.UntilAsync(() => agent.State.Phase == AgentPhase.Idle);

        Assert.Equal(0, engine.StepsDone);
    }

    [Fact]
    public async Task The_hard_cap_goes_on_counting_while_the_agent_is_down()
    {
        await using Bench bench = await Bench.StartAsync();
        var held = new SteppingEngine { HoldAt = 2 };
        EdgeAgentService first = bench.Agent(held);
        await bench.Coordinator.OfferAsync(bench.Offer(hardCapMs: 3_600_000));
        await held.Holding.Task.WaitAsync(TestContext.Current.CancellationToken);
        Task dying = first.DieAsync();
        held.Release();
        await dying;

        var second = new SteppingEngine();
        bench.Agent(second, clock: new LaterTime(TimeSpan.FromHours(2)));
        await bench.JournalEmptyAsync();

        Assert.Equal(0, second.StepsDone);
    }

    [Fact]
    public async Task Drills_spoil_the_update_of_their_round_only()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine(), bench.Options with { Drill = new AgentDrill { PoisonNaNRound = 1, PoisonScaleRound = 2 } });

        List<ResultReady> results = [];
        for (int round = 1; round <= 3; round++)
        {
            await bench.Coordinator.OfferAsync(bench.Offer(round));
            results.Add(await ResultOfRound(bench, round));
            await bench.Coordinator.RejectAsync(results[^1], RejectionCode.Invalid);
            await bench.JournalEmptyAsync();
        }

        Assert.Throws<AdapterFormatException>(() => Decode(bench, results[0]));
        double large = Distance(Decode(bench, results[1]));
        double honest = Distance(Decode(bench, results[2]));
        // int8 keeps a block's largest value to 1/254 of itself.
        Assert.InRange(large / honest, 990, 1010);
    }

    [Fact]
    public async Task Offers_of_a_lower_term_are_dropped()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine());

        await bench.Coordinator.OfferAsync(bench.Offer(round: 1, term: 1));
        await bench.Coordinator.AcceptAsync(await ResultOfRound(bench, 1));
        await bench.JournalEmptyAsync();
        await bench.Coordinator.OfferAsync(bench.Offer(round: 2, term: 0));
        await bench.Coordinator.OfferAsync(bench.Offer(round: 3, term: 1));
        var next = await bench.Coordinator.NextAsync<TaskAccepted>();

        Assert.Equal(3, next.Header.Round);
    }

    [Fact]
    public async Task A_refused_agent_ends_with_the_reason_and_what_would_help()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Coordinator.Welcomes = false;
        (_, Task run) = bench.Run(new SteppingEngine(), options: null, TestContext.Current.CancellationToken);

        await bench.Coordinator.RefuseAsync(await bench.Coordinator.NextAsync<AgentHello>(), RefusalCode.NameInUse);
        var refused = await Assert.ThrowsAsync<AgentRefusedException>(() => run);

        Assert.Equal(RefusalCode.NameInUse, refused.Code);
        Assert.Equal("Agent 'agent-1' is refused (NameInUse): Another live process uses the name. Choose another.", refused.Message);
    }

    [Fact]
    public async Task A_stopped_agent_says_goodbye_and_a_dead_one_does_not()
    {
        await using Bench bench = await Bench.StartAsync();
        using var stop = new CancellationTokenSource();
        (EdgeAgentService stopped, Task run) = bench.Run(new SteppingEngine(), options: null, stop.Token);
        await Bench.UntilAsync(() => stopped.State.Phase == AgentPhase.Idle);

        await stop.CancelAsync();
        await run;
        var bye = await bench.Coordinator.NextAsync<AgentBye>();
        EdgeAgentService dead = bench.Agent(new SteppingEngine());
        await Bench.UntilAsync(() => dead.State.Phase == AgentPhase.Idle);
        await dead.DieAsync();
        EdgeAgentService third = bench.Agent(new SteppingEngine());
        await Bench.UntilAsync(() => third.State.Phase == AgentPhase.Idle);
        await bench.Coordinator.PingAsync();
        object next = await bench.Coordinator.NextAsync<object>();
        while (next is AgentHello)
        {
            next = await bench.Coordinator.NextAsync<object>();
        }

        Assert.Equal(Offers.Agent, bye.Header.AgentId);
        Assert.IsType<Pong>(next);
        Assert.Equal(AgentPhase.Stopped, dead.State.Phase);
    }

    [Fact]
    public async Task Wrong_settings_and_broken_data_are_told_before_anything_is_sent()
    {
        await using Bench bench = await Bench.StartAsync();
        AgentOptions broken = bench.Options with { DataFile = bench.WriteData("""{"text": "good", "label": "good"}""", "{oops") };

        var error = Assert.Throws<InvalidDataException>(
            () => new EdgeAgentService(bench.Bus, broken, bench.Model, new SteppingEngine(), TimeProvider.System, NullLoggerFactory.Instance));

        Assert.Contains("own.jsonl:2", error.Message, StringComparison.Ordinal);
    }

    private static async Task<ResultReady> ResultOfRound(Bench bench, int round)
    {
        while (true)
        {
            var result = await bench.Coordinator.NextAsync<ResultReady>();
            if (result.Header.Round == round)
            {
                return result;
            }
        }
    }

    private static LoraAdapter Decode(Bench bench, ResultReady result) =>
        AdapterPayload.Decode(bench.Coordinator.Blobs.ReadAll(result.Claim!.Sha256), Reference.Shape, Reference);

    private static double Residual(Bench bench) =>
        ErrorFeedback.Load(Path.Combine(bench.State, "feedback", Offers.Run.ToString("N")), Reference.Shape).Norm;

    private static double Distance(LoraAdapter adapter)
    {
        double sum = 0;
        for (int i = 0; i < adapter.Modules["layer.query"].B.Values.Length; i++)
        {
            sum += Math.Pow(adapter.Modules["layer.query"].B.Values[i] - Offers.Global.Modules["layer.query"].B.Values[i], 2);
        }

        return Math.Sqrt(sum);
    }

    /// <summary>The wall clock of a later start; time passes as always.</summary>
    private sealed class LaterTime(TimeSpan later) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + later;
    }
}
