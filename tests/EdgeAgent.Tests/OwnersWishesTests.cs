using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.EdgeAgent.Models;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.Learning.Models;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Stamps;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests;

/// <summary>Agents with several data sets and models, and with owners who do not allow everything.</summary>
public sealed class OwnersWishesTests
{
    [Fact]
    public async Task A_task_trains_on_the_data_set_that_it_names()
    {
        await using Bench bench = await Bench.StartAsync();
        string more = bench.WriteData("""{"text": "good", "label": "good"}""", """{"text": "bad", "label": "bad"}""");
        bench.Agent(
            new SteppingEngine(),
            bench.Options with { Data = [bench.Data, new DataSetOptions { Name = "more", Files = [more], HeldOutFraction = 0 }] });

        await bench.Coordinator.OfferAsync(bench.Offer() with { DataSet = "more" });

        Assert.Equal(2, (await bench.Coordinator.NextAsync<ResultReady>()).Examples);
    }

    [Fact]
    public async Task A_model_is_loaded_when_a_task_asks_for_it_and_a_hello_names_all_of_them()
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine();
        ModelOptions[] folders = [new("second", bench.Model.Folder)];
        LocalModels models = await LocalModels.OpenAsync(
            folders, WeightStorage.Mapped, Path.Combine(Path.GetDirectoryName(bench.State)!, "models.json"), TestContext.Current.CancellationToken);
        await using var agent = new EdgeAgentService(
            bench.Bus, bench.Options with { Models = folders }, models, engine, TimeProvider.System, NullLoggerFactory.Instance);
        Task run = agent.RunAsync(CancellationToken.None);

        var hello = await bench.Coordinator.NextAsync<AgentHello>();
        await bench.Coordinator.OfferAsync(bench.Offer());
        await bench.Coordinator.NextAsync<ResultReady>();
        await agent.DieAsync();
        await run;

        Assert.Equal(new BaseModelRef { ModelId = "second", Sha256 = bench.Model.Sha256 }, Assert.Single(hello.Bases));
        Assert.NotSame(bench.Model, Assert.Single(engine.Starts).Model);
    }

    [Fact]
    public async Task A_task_for_a_base_model_that_is_not_here_is_declined_by_name()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine());
        string other = new('9', 64);

        await bench.Coordinator.OfferAsync(bench.Offer() with { Base = new BaseModelRef { ModelId = "other", Sha256 = other } });
        var declined = await bench.Coordinator.NextAsync<TaskDeclined>();

        Assert.Equal(DeclineReason.NoBase, declined.Reason);
        Assert.StartsWith($"The task is for other ({other}); this agent holds ", declined.Detail, StringComparison.Ordinal);
        Assert.Contains(bench.Model.Sha256, declined.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_only_the_owners_models_may_be_trained_no_other_and_no_changed_one_is_taken()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine(), bench.Options with { Allow = new AllowOptions { LocalModelsOnly = true } });

        var hello = await bench.Coordinator.NextAsync<AgentHello>();
        string other = new('9', 64);
        await bench.Coordinator.OfferAsync(bench.Offer(round: 1) with { Base = new BaseModelRef { ModelId = "other", Sha256 = other } });
        var unknown = await bench.Coordinator.NextAsync<TaskDeclined>();
        TaskOffer offer = bench.Offer(round: 2);
        await bench.Coordinator.OfferAsync(offer with { BaseDelta = offer.Adapter });
        var changed = await bench.Coordinator.NextAsync<TaskDeclined>();
        await bench.Coordinator.OfferAsync(bench.Offer(round: 3));
        ResultReady own = await bench.Coordinator.ResultOfRoundAsync(3);

        Assert.True(hello.Limits!.LocalModelsOnly);
        Assert.Equal((DeclineReason.NoBase, DeclineReason.NoBase), (unknown.Reason, changed.Reason));
        Assert.EndsWith("and its owner lets it take no other (allow.localModelsOnly).", unknown.Detail, StringComparison.Ordinal);
        Assert.Equal(
            "The task changes the base model's own weights by what the run sends, which the owner forbids (allow.localModelsOnly).", changed.Detail);
        Assert.Equal(8, own.Examples);
    }

    [Fact]
    public async Task A_hello_tells_the_owners_labels_every_data_set_and_the_installation()
    {
        await using Bench bench = await Bench.StartAsync();
        AgentOptions options = bench.Options with
        {
            Labels = new Dictionary<string, string> { ["site"] = "a" },
            Data = [bench.Data with { Name = "first" }, bench.Data with { Name = "second", HeldOutFraction = 0.5 }],
        };
        bench.Agent(new SteppingEngine(), options);

        var hello = await bench.Coordinator.NextAsync<AgentHello>();
        await bench.Coordinator.OfferAsync(bench.Offer() with { DataSet = "second" });
        var result = await bench.Coordinator.NextAsync<ResultReady>();

        Assert.Equal(("site", "a"), (Assert.Single(hello.Labels).Key, hello.Labels["site"]));
        Assert.NotEqual(Guid.Empty, hello.Installation);
        Assert.Equal([("first", 8, 2), ("second", 5, 5)], hello.DataSets.Select(set => (set.Name, set.Examples, set.HeldOut)));
        Assert.Equal((hello.DataSets[0].Sha256, 5), (hello.Data.Sha256, result.Examples));
    }

    [Fact]
    public async Task Outside_its_hours_an_agent_declines_says_until_when_and_shows_why_it_rests()
    {
        await using Bench bench = await Bench.StartAsync();
        AgentOptions options = bench.Options with { Allow = new AllowOptions { OnBattery = false } };
        await using var agent = new EdgeAgentService(
            bench.Bus,
            options,
            LocalModels.Holding(bench.Model),
            new SteppingEngine(),
            TimeProvider.System,
            NullLoggerFactory.Instance,
            conditions: new StatedConditions { OnBattery = true });
        Task run = agent.RunAsync(CancellationToken.None);

        await bench.Coordinator.OfferAsync(bench.Offer());
        var declined = await bench.Coordinator.NextAsync<TaskDeclined>();
        AgentState state = agent.State;
        await agent.DieAsync();
        await run;

        Assert.Equal(
            (DeclineReason.Battery, "Not now: the device runs on its battery, which allow.onBattery forbids."), (declined.Reason, declined.Detail));
        Assert.Equal((AgentPhase.Draining, "the device runs on its battery, which allow.onBattery forbids"), (state.Phase, state.Reason));
    }

    [Fact]
    public async Task Training_under_way_pauses_while_its_owner_does_not_allow_it()
    {
        await using Bench bench = await Bench.StartAsync();
        var conditions = new StatedConditions();
        var engine = new SteppingEngine { HoldAt = 5 };
        AgentOptions options = bench.Options with { Allow = new AllowOptions { OnBattery = false } };
        await using var agent = new EdgeAgentService(
            bench.Bus, options, LocalModels.Holding(bench.Model), engine, new LeapingTimers(), NullLoggerFactory.Instance, conditions: conditions);
        Task run = agent.RunAsync(CancellationToken.None);
        await bench.Coordinator.OfferAsync(bench.Offer());
        await engine.Holding.Task;

        conditions.OnBattery = true;
        engine.Release();
        await Bench.UntilAsync(() => conditions.Looks > 20);
        int paused = engine.StepsDone;
        conditions.OnBattery = false;
        await bench.Coordinator.NextAsync<ResultReady>();
        await agent.DieAsync();
        await run;

        Assert.Equal((6, 20), (paused, engine.StepsDone));
    }

    [Fact]
    public async Task A_state_folder_above_its_limit_makes_the_agent_decline()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine(), bench.Options with { Limits = new LimitOptions { DiskBytes = 100 } });

        await bench.Coordinator.OfferAsync(bench.Offer());
        var declined = await bench.Coordinator.NextAsync<TaskDeclined>();

        Assert.Contains("its owner's limits.disk is 0 MiB", declined.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task All_bodies_that_a_task_brings_count_as_part_of_the_state_folder(bool delta, bool control)
    {
        const long Most = 100_000_000;
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine(), bench.Options with { Limits = new LimitOptions { DiskBytes = Most } });
        TaskOffer offer = bench.Offer();
        BlobClaim large = offer.Adapter with { Sha256 = new string('9', 64), Size = Most };

        await bench.Coordinator.OfferAsync(offer with { BaseDelta = delta ? large : null, Control = control ? large : null });
        var declined = await bench.Coordinator.NextAsync<TaskDeclined>();

        Assert.Equal(DeclineReason.Busy, declined.Reason);
        Assert.EndsWith("and the task needs more; its owner's limits.disk is 95 MiB.", declined.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_here_already_needs_no_room()
    {
        await using Bench bench = await Bench.StartAsync();
        AgentStateFolder.Open(bench.Options).Dispose();
        BlobClaim here = new BlobStore(Path.Combine(bench.State, "blobs")).Put(new byte[1_000_000], "fp32");
        bench.Agent(new SteppingEngine(), bench.Options with { Limits = new LimitOptions { DiskBytes = 1_500_000 } });

        await bench.Coordinator.OfferAsync(bench.Offer() with { BaseDelta = here });

        await bench.Coordinator.NextAsync<TaskAccepted>();
    }

    [Fact]
    public async Task An_agent_whose_password_is_its_owners_says_that_it_can_not_change_it()
    {
        await using Bench bench = await Bench.StartAsync();
        var log = new CollectedLog();
        await using var agent = new EdgeAgentService(
            bench.Bus, bench.Options, LocalModels.Holding(bench.Model), new SteppingEngine(), TimeProvider.System, log);
        Task run = agent.RunAsync(CancellationToken.None);
        await bench.Coordinator.NextAsync<AgentHello>();

        MessageHeader about = new MessageStamp(Guid.NewGuid(), TimeProvider.System).About(nameof(CredentialWanted), Offers.Agent, term: 1);
        await bench.Coordinator.SendAsync(new CredentialWanted { Header = about }, about);

        await Bench.UntilAsync(() => log.Lines.Any(line => line.Contains("broker.passwordFile", StringComparison.Ordinal)));
        await agent.DieAsync();
        await run;
    }

    [Fact]
    public async Task Where_figures_are_kept_back_nothing_is_measured()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine(), bench.Options with { Allow = new AllowOptions { HeldOutFigures = false } });

        await bench.Coordinator.OfferAsync(bench.Offer());
        ResultMetrics metrics = (await bench.Coordinator.NextAsync<ResultReady>()).Metrics;

        Assert.Equal((0, null, null, null), (metrics.HeldOut, metrics.GlobalLoss, metrics.GlobalAccuracy, metrics.LocalLoss));
        Assert.NotNull(metrics.LossAfter);
    }

    /// <summary>The system's clock, whose long timers fire soon.</summary>
    private sealed class LeapingTimers : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime == TimeSpan.FromSeconds(10) ? TimeSpan.FromMilliseconds(1) : dueTime, period);
    }
}
