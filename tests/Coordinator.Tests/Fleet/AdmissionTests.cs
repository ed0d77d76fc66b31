using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Protocol.Fleet;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Fleet;

public sealed class AdmissionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("a", "ef.agent.a", true)]
    [InlineData("a", "ef.agent.a.2", true)]
    [InlineData("a", "ef.agent.b", false)]
    [InlineData("a", "ef.agent.a.", false)]
    [InlineData("a", "ef.agent.a.2/../b", false)]
    [InlineData("a", "ef.intake.0", false)]
    [InlineData("A", "ef.agent.A", false)]
    [InlineData("a\n", "ef.agent.a\n", false)]
    [InlineData("", "ef.agent.", false)]
    public void An_agent_is_answered_on_a_queue_of_its_own_name_only(string name, string queue, bool allowed) =>
        Assert.Equal(allowed, Admission.IsAddressable(name, queue));

    [Fact]
    public void A_name_has_at_most_64_characters()
    {
        Assert.True(Admission.IsName(new string('a', 64)));
        Assert.False(Admission.IsName(new string('a', 65)));
    }

    public static TheoryData<Func<AgentHello, AgentHello>, RefusalCode, string> Refused => new()
    {
        { hello => hello with { ContractMin = ContractVersion.Current + 1, ContractMax = 99 }, RefusalCode.Contract, $"contract versions {ContractVersion.Current + 1} to 99, the coordinator 1 to {ContractVersion.Current}." },
        { hello => hello with { Task = LearningTask.LanguageModel }, RefusalCode.NoData, "The run learns a classifier; the agent gives its data for a language model." },
        { hello => hello with { Bases = [] }, RefusalCode.NoBase, "the agent holds none" },
        { hello => hello with { Data = hello.Data with { Examples = 0 } }, RefusalCode.NoData, "0 examples to train on" },
        { hello => hello with { Role = AgentRole.Evaluator, Data = hello.Data with { HeldOut = 0 } }, RefusalCode.NoData, "0 to measure on" },
        { hello => hello with { ReplyQueue = "ef.intake.0" }, RefusalCode.Unauthorized, "not its own queue" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task An_agent_that_can_not_take_part_is_told_why(Func<AgentHello, AgentHello> but, RefusalCode code, string reason)
    {
        await using RunRig rig = await RunRig.StartAsync(Settings.For(folder));

        await rig.HelloAsync("a", but: but);

        AgentRefused refused = await rig.Sender.ForAsync<AgentRefused>("a");
        Assert.Equal(code, refused.Code);
        Assert.Contains(reason, refused.Human, StringComparison.Ordinal);
        Assert.DoesNotContain(rig.Sender.Events, happened => happened.Kind == RunEventKind.AgentJoined);
    }

    [Theory]
    [InlineData("FloraNA", true)]
    [InlineData("RoLora", false)]
    [InlineData("FedExLora", false)]
    public async Task An_agent_too_old_to_obey_the_strategy_is_refused_and_else_welcome(string strategy, bool welcome)
    {
        CoordinatorOptions options = Settings.For(folder);
        await using RunRig rig = await RunRig.StartAsync(options with { Aggregation = options.Aggregation with { Strategy = strategy } });

        await rig.HelloAsync("a", but: hello => hello with { ContractMax = 1 });

        if (welcome)
        {
            Assert.Equal(1, (await rig.Sender.ForAsync<AgentWelcome>("a")).ServerContract);
        }
        else
        {
            AgentRefused refused = await rig.Sender.ForAsync<AgentRefused>("a");
            Assert.Equal(RefusalCode.Contract, refused.Code);
            Assert.Equal($"Strategy {strategy} needs agents of contract version 2; this one speaks up to 1 and would do otherwise.", refused.Human);
        }
    }

    [Theory]
    [InlineData(2, LearningTask.Classification, RefusalCode.Contract, "Task LanguageModel needs agents of contract version 3; this one speaks up to 2 and would do otherwise.")]
    [InlineData(3, LearningTask.Classification, RefusalCode.NoData, "The run learns a language model; the agent gives its data for a classifier.")]
    public async Task An_agent_that_would_not_learn_to_write_is_refused(int speaks, LearningTask task, RefusalCode code, string reason)
    {
        await using RunRig rig = await RunRig.StartAsync(Settings.ForLanguage(folder));

        await rig.HelloAsync("a", but: hello => hello with { ContractMax = speaks, Task = task });

        AgentRefused refused = await rig.Sender.ForAsync<AgentRefused>("a");
        Assert.Equal((code, reason), (refused.Code, refused.Human));
    }

    public static TheoryData<string, Func<CoordinatorOptions, CoordinatorOptions>> Newer => new()
    {
        { "Training:Sgd", o => o with { Training = o.Training with { Sgd = new SgdSettings { Momentum = 0.9 } } } },
        { "Training:Schedule Cosine", o => o with { Training = o.Training with { Schedule = RateSchedule.Cosine } } },
        { "Training:Accumulate 2", o => o with { Training = o.Training with { Accumulate = 2 } } },
        { "Aggregation:PerClassHeads", o => o with { Aggregation = o.Aggregation with { PerClassHeads = true, Strategy = "RoLora" } } },
    };

    [Theory]
    [MemberData(nameof(Newer))]
    public async Task An_agent_too_old_to_train_as_the_run_wants_is_refused_with_the_setting(string setting, Func<CoordinatorOptions, CoordinatorOptions> but)
    {
        await using RunRig rig = await RunRig.StartAsync(but(Settings.For(folder)));

        await rig.HelloAsync("a", but: hello => hello with { ContractMax = 2 });
        await rig.HelloAllAsync("b", "c", "d");

        Assert.Equal($"{setting} needs agents of contract version 3; this one speaks up to 2 and would do otherwise.", (await rig.Sender.ForAsync<AgentRefused>("a")).Human);
        Assert.Equal(3, (await rig.OfferAsync("b")).MinContract);
    }

    [Fact]
    public async Task A_schedule_that_older_agents_know_takes_them()
    {
        CoordinatorOptions options = Settings.For(folder);
        await using RunRig rig = await RunRig.StartAsync(options with { Training = options.Training with { Schedule = RateSchedule.Linear, WarmupFraction = 0.1 } });

        await rig.HelloAllAsync("a", "b", "c");

        TaskOffer offer = await rig.OfferAsync("a");
        Assert.Equal((1, true, false, 0.1), (offer.MinContract, offer.Hyper!.LinearDecay, offer.Hyper.CosineDecay, offer.Hyper.WarmupFraction));
    }

    [Fact]
    public async Task An_agent_too_old_for_private_runs_is_refused()
    {
        await using RunRig rig = await RunRig.StartAsync(Settings.Private(folder));

        await rig.HelloAsync("a", but: hello => hello with { ContractMax = 3 });

        Assert.Equal("A private run needs agents of contract version 4; this one speaks up to 3 and would do otherwise.", (await rig.Sender.ForAsync<AgentRefused>("a")).Human);
    }

    [Fact]
    public async Task A_second_live_process_of_one_name_is_refused_and_the_first_stays()
    {
        var time = new FakeTimeProvider();
        await using RunRig rig = await RunRig.StartAsync(Settings.For(folder), time);
        await rig.HelloAsync("a", boot: 1);
        await rig.HelloAsync("a", boot: 2);
        Assert.DoesNotContain(rig.Sender.Sent, entry => entry.Message is AgentRefused);

        time.Advance(TimeSpan.FromMilliseconds(rig.Facts.HeartbeatMs));
        await rig.HeartbeatAsync("a", boot: 1);
        await rig.HelloAsync("a", boot: 2);

        AgentRefused refused = await rig.Sender.ForAsync<AgentRefused>("a");
        Assert.Equal(RefusalCode.NameInUse, refused.Code);
        Assert.Equal(RunRig.BootOf("a", 2), refused.RefusedBoot);
        Assert.Single(rig.Sender.Sent, entry => entry.Message is AgentWelcome);
    }

    [Fact]
    public async Task A_restarted_agent_takes_its_name_back_when_its_old_process_stays_silent()
    {
        var time = new FakeTimeProvider();
        await using RunRig rig = await RunRig.StartAsync(Settings.For(folder), time);
        await rig.HelloAsync("a", boot: 1);
        AgentWelcome first = await rig.Sender.ForAsync<AgentWelcome>("a");
        await rig.HelloAsync("a", boot: 2);

        time.Advance(TimeSpan.FromMilliseconds(2 * rig.Facts.HeartbeatMs));
        await rig.HelloAsync("a", boot: 2);

        await rig.Sender.ForAsync<AgentWelcome>("a", welcome => welcome.Header.Seq > first.Header.Seq);
        Assert.DoesNotContain(rig.Sender.Sent, entry => entry.Message is AgentRefused);
    }

    [Fact]
    public async Task An_agent_that_was_never_welcomed_is_pinged_so_that_it_says_hello()
    {
        await using RunRig rig = await RunRig.StartAsync(Settings.For(folder));

        await rig.HeartbeatAsync("left-over", boot: 1);

        Assert.Equal(rig.Facts.RunId, (await rig.Sender.ForAsync<Ping>("left-over")).Header.RunId);
    }

    [Fact]
    public async Task A_silent_agent_is_gone_after_the_grace_and_back_when_it_is_heard()
    {
        var time = new FakeTimeProvider();
        CoordinatorOptions options = Settings.For(folder);
        await using RunRig rig = await RunRig.StartAsync(options, time);
        await rig.HelloAsync("a");

        time.Advance(options.Rounds.LeaseGrace);
        await rig.Sender.EventAsync(RunEventKind.AgentLeft, left => left is { AgentId: "a", Code: "Silent" });
        await rig.HeartbeatAsync("a", boot: 1);

        await rig.Sender.EventAsync(RunEventKind.AgentJoined, joined => joined.Detail == "heard again");
    }

    [Fact]
    public async Task An_agent_whose_journal_holds_an_old_task_is_told_to_drop_it()
    {
        await using RunRig rig = await RunRig.StartAsync(Settings.For(folder));

        await rig.HelloAsync("a", but: hello => hello with { Journal = new OpenTask { RunId = Guid.Empty, TaskId = rig.Facts.RunId, LeaseEpoch = 4 } });

        TaskCancelled cancelled = await rig.Sender.ForAsync<TaskCancelled>("a");
        Assert.Equal((rig.Facts.RunId, 4), (cancelled.Header.TaskId, cancelled.Header.LeaseEpoch));
    }
}
