using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
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
        { hello => hello with { ContractMin = ContractVersion.Current + 1, ContractMax = 99 }, RefusalCode.Contract, $"contract versions {ContractVersion.Current + 1} to 99, the coordinator {ContractVersion.Oldest} to {ContractVersion.Current}." },
        { hello => hello with { ContractMin = 1, ContractMax = ContractVersion.Oldest - 1 }, RefusalCode.Contract, $"contract versions 1 to {ContractVersion.Oldest - 1}, the coordinator {ContractVersion.Oldest} to {ContractVersion.Current}." },
        { hello => hello with { Task = LearningTask.LanguageModel }, RefusalCode.NoData, "The run learns a classifier; the agent gives its data for a language model." },
        { hello => hello with { Bases = [] }, RefusalCode.NoBase, "the agent holds none" },
        { hello => hello with { Data = hello.Data with { Examples = 0 } }, RefusalCode.NoData, "0 examples to train on" },
        { hello => hello with { Role = AgentRole.Evaluator, Data = hello.Data with { HeldOut = 0 } }, RefusalCode.NoData, "0 to measure on" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task An_agent_that_can_not_take_part_is_told_why(Func<AgentHello, AgentHello> but, RefusalCode code, string reason)
    {
        await using RunRig rig = await RunRig.StartAsync(Settings.For(folder));

        await rig.HelloAsync("a", but: but);

        RunEvent refused = await rig.Sender.EventAsync(RunEventKind.AgentRefused, happened => happened.AgentId == "a");
        Assert.Equal(code.ToString(), refused.Code);
        Assert.Contains(reason, refused.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(rig.Sender.Events, happened => happened.Kind == RunEventKind.AgentJoined);
    }

    public static TheoryData<int, string, Func<CoordinatorOptions, CoordinatorOptions>> Needs => new()
    {
        { ContractVersion.Oldest, "Every run", o => o },
        { ContractVersion.Oldest, "Every run", o => o with { Training = o.Training with { Schedule = RateSchedule.Linear, WarmupFraction = 0.1 } } },
        { 2, "Strategy RoLora", o => o with { Aggregation = o.Aggregation with { Strategy = "RoLora" } } },
        { 2, "Strategy FedExLora", o => o with { Aggregation = o.Aggregation with { Strategy = "FedExLora" } } },
        { 3, "Training:Sgd", o => o with { Training = o.Training with { Sgd = new SgdSettings { Momentum = 0.9 } } } },
        { 3, "Training:Schedule Cosine", o => o with { Training = o.Training with { Schedule = RateSchedule.Cosine } } },
        { 3, "Training:Accumulate 2", o => o with { Training = o.Training with { Accumulate = 2 } } },
        { 3, "Aggregation:PerClassHeads", o => o with { Aggregation = o.Aggregation with { PerClassHeads = true, Strategy = "RoLora" } } },
        { 3, "Task LanguageModel", o => o with { Task = LearningTask.LanguageModel, Labels = [] } },
        { 6, "Training:Proximal 0.1", o => o with { Training = o.Training with { Proximal = 0.1, Sgd = new SgdSettings { Momentum = 0.9 } } } },
        { 6, "Training:PersonalHead", o => o with { Training = o.Training with { PersonalHead = true } } },
        { 6, "Training:ControlVariates", o => o with { Training = o.Training with { ControlVariates = true } } },
        { 6, "Training:Alone", o => o with { Training = o.Training with { Alone = true } } },
        { 4, "A private run", o => o with { Privacy = new PrivacyRunOptions { NoiseMultiplier = 1, ClipNorm = 0.2, Budget = 50 } } },
    };

    /// <summary>
    /// Whoever speaks the oldest version that is understood can do all of it; the next thing a run may ask for is compared in the same way.
    /// </summary>
    [Theory]
    [MemberData(nameof(Needs))]
    public void What_a_run_asks_of_agents_follows_from_its_settings(int version, string because, Func<CoordinatorOptions, CoordinatorOptions> but) =>
        Assert.Equal(new ContractNeed(version, because), ContractNeeds.Of(but(Settings.For(folder))));

    [Fact]
    public async Task An_agent_too_old_to_train_as_the_run_wants_is_refused_with_the_setting()
    {
        await using RunRig rig = await RunRig.StartAsync(Settings.For(folder));
        var hello = new AgentHello
        {
            Header = new MessageHeader { V = ContractVersion.Current, MessageId = Guid.Empty, AgentId = "a", BootId = Guid.Empty, Seq = 1 },
            ReplyQueue = Queues.Agent("a"),
            ContractMin = ContractVersion.Oldest,
            ContractMax = ContractVersion.Current,
            Build = "test",
            Platform = "test",
            Engines = [],
            Data = new DataSummary { Examples = 1, HeldOut = 1, Sha256 = new string('0', 64) },
            Bases = [rig.Facts.Base],
        };
        AdmissionRules rules = rig.Facts.Admission with { ContractNeeded = new ContractNeed(ContractVersion.Current + 1, "Training:Newest") };

        AdmissionVerdict verdict = Admission.Judge(hello, known: null, rules);

        Assert.Equal(
            (
                RefusalCode.Contract,
                $"Training:Newest needs agents of contract version {ContractVersion.Current + 1}; this one speaks up to {ContractVersion.Current} "
                + $"and would do otherwise."),
            (verdict.Code, verdict.Human));
    }

    [Fact]
    public async Task An_offer_says_the_schedule()
    {
        CoordinatorOptions options = Settings.For(folder);
        await using RunRig rig = await RunRig.StartAsync(
            options with { Training = options.Training with { Schedule = RateSchedule.Linear, WarmupFraction = 0.1 } });

        await rig.HelloAllAsync("a", "b", "c");

        TaskOffer offer = await rig.OfferAsync("a");
        Assert.Equal(
            (ContractVersion.Oldest, true, false, 0.1),
            (offer.MinContract, offer.Hyper!.LinearDecay, offer.Hyper.CosineDecay, offer.Hyper.WarmupFraction));
    }

    /// <summary>An agent says hello again until it is answered: its task was offered once all the same, in figures and in traces.</summary>
    [Fact]
    public async Task An_offer_that_is_sent_again_at_another_hello_is_told_once()
    {
        await using RunRig rig = await RunRig.StartAsync(Settings.For(folder));
        await rig.HelloAllAsync("a", "b", "c");
        await rig.HelloAsync("judge", but: hello => hello with { Role = AgentRole.Evaluator });
        await rig.OfferAsync("a");
        await rig.OfferAsync("judge", round: 0);

        await rig.HelloAsync("a");
        await rig.HelloAsync("judge", but: hello => hello with { Role = AgentRole.Evaluator });
        await rig.HelloAsync("d");
        await rig.Sender.EventAsync(RunEventKind.AgentJoined, joined => joined.AgentId == "d");

        foreach (string agent in (string[])["a", "judge"])
        {
            Assert.Equal(2, rig.Sender.Sent.Count(sent => sent.Message is TaskOffer offer && offer.Header.AgentId == agent));
            Assert.Single(rig.Sender.Events, happened => happened.Kind == RunEventKind.TaskOffered && happened.AgentId == agent);
        }
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

        await rig.HelloAsync(
            "a",
            but: hello => hello with { Journal = new OpenTask { RunId = Guid.Empty, TaskId = rig.Facts.RunId, LeaseEpoch = 4 } });

        TaskCancelled cancelled = await rig.Sender.ForAsync<TaskCancelled>("a");
        Assert.Equal((rig.Facts.RunId, 4), (cancelled.Header.TaskId, cancelled.Header.LeaseEpoch));
    }
}
