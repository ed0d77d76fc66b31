using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Messaging;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests;

/// <summary>The agent against a scripted coordinator on the real bus, in memory.</summary>
public sealed class EdgeAgentServiceTests
{
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
        LoraAdapter update = bench.Decode(result);
        Assert.NotEqual(Offers.Global.Modules["layer.query"].B.Values[0], update.Modules["layer.query"].B.Values[0]);
    }

    [Theory]
    [InlineData(LearningTask.Classification)]
    [InlineData(LearningTask.LanguageModel)]
    public async Task An_agent_killed_while_training_goes_on_from_its_checkpoint_to_the_same_bytes(LearningTask task)
    {
        await using Bench whole = await Bench.StartAsync(task);
        whole.Agent(new SteppingEngine());
        await whole.Coordinator.OfferAsync(whole.Offer());
        var expected = await whole.Coordinator.NextAsync<ResultReady>();
        await using Bench bench = await Bench.StartAsync(task);
        var held = new SteppingEngine { HoldAt = 13 };
        EdgeAgentService first = bench.Agent(held);
        await bench.Coordinator.OfferAsync(bench.Offer());
        await held.Holding.Task.WaitAsync(TestContext.Current.CancellationToken);

        Task dying = first.DieAsync();
        held.Release();
        await dying;
        var second = new SteppingEngine();
        Guid dead = (await bench.Coordinator.NextAsync<TaskAccepted>()).Header.BootId;
        bench.Agent(second);
        AgentHello hello = await bench.Coordinator.HelloOfNextProcessAsync(dead);
        var accepted = await bench.Coordinator.NextAsync<TaskAccepted>();
        var result = await bench.Coordinator.NextAsync<ResultReady>();

        Assert.Equal((bench.Offer().Header.TaskId, 10), (hello.Journal!.TaskId, hello.Journal.Step));
        Assert.Equal(10, accepted.ResumedFromStep);
        Assert.Equal(10, second.StepsDone);
        Assert.Equal(expected.Claim, result.Claim);
        Assert.Equal(expected.Metrics, result.Metrics);
    }

    [Fact]
    public async Task An_agent_that_goes_on_with_an_earlier_task_shows_that_it_was_not_let_in_yet()
    {
        await using Bench bench = await Bench.StartAsync();
        var killed = new SteppingEngine { HoldAt = 13 };
        EdgeAgentService first = bench.Agent(killed);

        // An offer may be taken up before the answer to its hello.
        await Bench.UntilAsync(() => first.State.Joined);
        await bench.Coordinator.OfferAsync(bench.Offer());
        await killed.Holding.Task.WaitAsync(TestContext.Current.CancellationToken);
        AgentState before = first.State;
        Task dying = first.DieAsync();
        killed.Release();
        await dying;

        bench.Coordinator.Welcomes = false;
        var held = new SteppingEngine { HoldAt = 15 };
        EdgeAgentService second = bench.Agent(held);
        await held.Holding.Task.WaitAsync(TestContext.Current.CancellationToken);
        AgentState after = second.State;
        held.Release();

        Assert.Equal((AgentPhase.Training, true), (before.Phase, before.Joined));
        Assert.Equal((AgentPhase.Training, false), (after.Phase, after.Joined));
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
    public async Task An_agent_in_quarantine_stays_says_why_it_rests_and_works_once_it_is_released()
    {
        await using Bench bench = await Bench.StartAsync();
        (EdgeAgentService agent, Task run) = bench.Run(new SteppingEngine(), options: null, TestContext.Current.CancellationToken);
        await Bench.UntilAsync(() => agent.State.Joined);

        await bench.Coordinator.RefuseAsync(await bench.Coordinator.NextAsync<AgentHello>(), RefusalCode.Quarantined);
        await Bench.UntilAsync(() => agent.State.Phase == AgentPhase.Draining);
        string? reason = agent.State.Reason;
        await bench.Coordinator.OfferAsync(bench.Offer());
        await bench.Coordinator.NextAsync<ResultReady>();

        Assert.Equal("Another live process uses the name.", reason);
        Assert.False(run.IsCompleted);
        Assert.Null(agent.State.Reason);
    }

    [Fact]
    public async Task One_that_was_started_in_quarantine_is_let_in_as_soon_as_it_is_asked()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Coordinator.Welcomes = false;
        EdgeAgentService agent = bench.Agent(new SteppingEngine());
        await bench.Coordinator.RefuseAsync(await bench.Coordinator.NextAsync<AgentHello>(), RefusalCode.Quarantined);
        await Bench.UntilAsync(() => agent.State.Phase == AgentPhase.Draining);

        bench.Coordinator.Welcomes = true;
        await bench.Coordinator.PingAsync();
        await Bench.UntilAsync(() => agent.State.Joined);

        Assert.Equal(AgentPhase.Idle, agent.State.Phase);
    }

    [Fact]
    public async Task A_refusal_that_names_another_process_or_none_ends_nobody()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine());
        var hello = await bench.Coordinator.NextAsync<AgentHello>();

        await bench.Coordinator.RefuseAsync(hello, RefusalCode.Quarantined, boot: null);
        await bench.Coordinator.RefuseAsync(hello, RefusalCode.NameInUse, Guid.NewGuid());
        await bench.Coordinator.OfferAsync(bench.Offer());

        Assert.Equal(8, (await bench.Coordinator.NextAsync<ResultReady>()).Examples);
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task All_that_an_agent_leaves_in_its_state_folder_is_its_owners()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix modes");
        const UnixFileMode Others =
            UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite
            | UnixFileMode.OtherExecute;
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine());
        await bench.Coordinator.OfferAsync(bench.Offer());
        await bench.Coordinator.NextAsync<ResultReady>();

        string[] left = Directory.GetFileSystemEntries(bench.State, "*", SearchOption.AllDirectories);
        Assert.Contains(left, entry => Path.GetFileName(entry) == "checkpoint");
        Assert.All(left.Append(bench.State), entry => Assert.Equal((entry, UnixFileMode.None), (entry, File.GetUnixFileMode(entry) & Others)));
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
        object next = await bench.Coordinator.NextOfFleetAsync();
        while (next is AgentHello)
        {
            next = await bench.Coordinator.NextOfFleetAsync();
        }

        Assert.Equal(Offers.Agent, bye.Header.AgentId);
        Assert.IsType<Pong>(next);
        Assert.Equal(AgentPhase.Stopped, dead.State.Phase);
    }

    [Fact]
    public async Task Offers_of_a_lower_term_are_dropped()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine());

        await bench.Coordinator.OfferAsync(bench.Offer(round: 1, term: 1));
        await bench.Coordinator.AcceptAsync(await bench.Coordinator.ResultOfRoundAsync(1));
        await bench.JournalEmptyAsync();
        await bench.Coordinator.OfferAsync(bench.Offer(round: 2, term: 0));
        await bench.Coordinator.OfferAsync(bench.Offer(round: 3, term: 1));
        var next = await bench.Coordinator.NextAsync<TaskAccepted>();

        Assert.Equal(3, next.Header.Round);
    }

    /// <summary>A service restored from a backup begins at a term that its agents have seen the end of; they are not to be started again.</summary>
    [Fact]
    public async Task A_coordinator_that_begins_below_the_term_seen_is_joined_once_nobody_speaks_under_that()
    {
        await using Bench bench = await Bench.StartAsync();
        var clock = new SetTime();
        bench.Coordinator.Term = 7;
        EdgeAgentService agent = bench.Agent(new SteppingEngine(), clock: clock);
        await Bench.UntilAsync(() => agent.State.Joined);
        await bench.Coordinator.OfferAsync(bench.Offer(round: 1, term: 7));
        await bench.Coordinator.AcceptAsync(await bench.Coordinator.ResultOfRoundAsync(1));
        await bench.JournalEmptyAsync();

        bench.Coordinator.Term = 3;
        bench.Coordinator.Welcomes = false;
        await bench.Coordinator.OfferAsync(bench.Offer(round: 2, term: 3));
        await bench.Coordinator.NextAsync<AgentHello>();
        clock.Pass(TermGate.Lapse);
        bench.Coordinator.Welcomes = true;
        await bench.Coordinator.OfferAsync(bench.Offer(round: 3, term: 3));
        ResultReady result = await bench.Coordinator.ResultOfRoundAsync(3);
        object answer;
        do
        {
            // A pong is of an agent that was welcomed under the term of the ping.
            await bench.Coordinator.PingAsync();
            answer = await bench.Coordinator.NextOfFleetAsync();
        }
        while (answer is AgentHello);

        Assert.Equal(3, result.Header.Round);
        Assert.IsType<Pong>(answer);
    }

    [Fact]
    public async Task Wrong_settings_and_broken_data_are_told_before_anything_is_sent()
    {
        await using Bench bench = await Bench.StartAsync();
        string file = bench.WriteData("""{"text": "good", "label": "good"}""", "{oops");
        AgentOptions broken = bench.Options with { Data = [bench.Data with { Files = [file] }] };

        var error = Assert.Throws<InvalidDataException>(
            () => new EdgeAgentService(bench.Bus, broken, bench.Model, new SteppingEngine(), TimeProvider.System, NullLoggerFactory.Instance));

        Assert.Contains("own.jsonl:2", error.Message, StringComparison.Ordinal);
    }
}
