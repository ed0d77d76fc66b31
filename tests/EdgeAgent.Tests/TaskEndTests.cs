using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Tests.Given;

namespace EdgeFlora.EdgeAgent.Tests;

/// <summary>
/// How tasks end without a result that counts: cancelled, superseded, declined, failed, out of time. Against a scripted coordinator on the real
/// bus, in memory.
/// </summary>
public sealed class TaskEndTests
{
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
        ResultReady result = await bench.Coordinator.ResultOfRoundAsync(2);

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
        bench.Agent(new SteppingEngine(), bench.Options with { Data = [bench.Data with { Files = [data] }] });

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

    /// <summary>The wall clock of a later start; time passes as always.</summary>
    private sealed class LaterTime(TimeSpan later) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + later;
    }
}
