using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.EdgeAgent.Tests.Given;

namespace EdgeFlora.EdgeAgent.Tests;

/// <summary>What stays with an agent, its head or its B: never sent, gone on with, measured and taken out.</summary>
public sealed class PersonalPartsTests
{
    private const string Module = "layer.query";

    private static readonly LoraAdapter Headless = Offers.GlobalFor(LearningTask.LanguageModel);

    private static readonly FactorRule KeepsB = new() { Modules = [Module], KeepB = true };

    [Fact]
    public async Task A_personal_head_is_in_no_update_and_is_gone_on_with_in_a_later_process()
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine();
        EdgeAgentService first = bench.Agent(engine);
        LoraAdapter sent = await RoundAsync(bench, Offer(bench, 1));
        await first.DieAsync();
        var later = new SteppingEngine();
        bench.Agent(later);

        await RoundAsync(bench, Offer(bench, 2));

        Assert.Empty(sent.Saved);
        Assert.NotEqual(Headless.Modules[Module].B.Values.ToArray(), sent.Modules[Module].B.Values.ToArray());
        LoraAdapter begun = Assert.Single(engine.Starts).Adapter;
        Assert.Equal(["classifier"], begun.Settings.ModulesToSave);
        Assert.All(begun.Saved.Values, tensor => Assert.All(tensor.Values, value => Assert.Equal(0, value)));
        LoraAdapter resumed = Assert.Single(later.Starts).Adapter;
        Assert.Equal(Headless.Modules[Module].B.Values.ToArray(), resumed.Modules[Module].B.Values.ToArray());
        Assert.Equal(Trained(engine).Saved["classifier.weight"].Values, resumed.Saved["classifier.weight"].Values);
        Assert.Contains(resumed.Saved["classifier.weight"].Values, value => value != 0);
    }

    [Fact]
    public async Task The_head_of_a_refused_update_is_forgotten()
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine();
        bench.Agent(engine);
        await bench.Coordinator.OfferAsync(Offer(bench, 1));
        await bench.Coordinator.RejectAsync(await bench.Coordinator.NextAsync<ResultReady>(), RejectionCode.Invalid);
        await bench.JournalEmptyAsync();

        await RoundAsync(bench, Offer(bench, 2));

        Assert.All(engine.Starts[1].Adapter.Saved.Values, tensor => Assert.All(tensor.Values, value => Assert.Equal(0, value)));
    }

    [Fact]
    public async Task What_is_measured_is_the_newest_shared_factors_with_the_agents_own_and_that_is_what_can_be_taken_out()
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine();
        bench.Agent(engine);
        await RoundAsync(bench, Offer(bench, 1) with { Factors = [KeepsB] });
        LoraAdapter newest = Headless.Clone();
        newest.Modules[Module].A.Values.Fill(0.25f);

        TaskOffer measuring = Offer(bench, 2, TaskKind.Evaluate, newest) with { Factors = [KeepsB] };
        await bench.Coordinator.OfferAsync(measuring);
        ResultReady result = await bench.Coordinator.ResultOfRoundAsync(2);
        await bench.Coordinator.AcceptAsync(result);
        await bench.JournalEmptyAsync();
        string folder = Path.Combine(bench.State, "..", "exported");
        OwnAdapterExport.Write(bench.State, Offers.Run, folder);

        LoraAdapter own = Trained(engine);
        LoraAdapter measured = engine.Starts[1].Adapter;
        LoraAdapter exported = PeftFolder.Read(folder);
        Assert.NotNull(result.Metrics.GlobalAccuracy);
        foreach (LoraAdapter adapter in new[] { measured, exported })
        {
            Assert.All(adapter.Modules[Module].A.Values.ToArray(), value => Assert.Equal(0.25f, value));
            Assert.Equal(own.Modules[Module].B.Values.ToArray(), adapter.Modules[Module].B.Values.ToArray());
            Assert.Equal(own.Saved["classifier.weight"].Values, adapter.Saved["classifier.weight"].Values);
        }

        Assert.Equal(Offers.Labels, PeftFolder.ReadLabels(folder));
    }

    [Fact]
    public async Task An_agent_that_has_not_trained_has_nothing_of_its_own_to_measure_and_declines()
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine();
        bench.Agent(engine);

        await bench.Coordinator.OfferAsync(Offer(bench, 1, TaskKind.Evaluate) with { Factors = [KeepsB] });
        var declined = await bench.Coordinator.NextAsync<TaskDeclined>();

        Assert.Equal(DeclineReason.NoData, declined.Reason);
        Assert.Contains("it has not trained in it", declined.Detail, StringComparison.Ordinal);
        Assert.Empty(engine.Starts);
    }

    [Fact]
    public async Task An_adapter_that_brings_a_head_to_a_task_with_a_personal_one_is_declined()
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine();
        bench.Agent(engine);

        await bench.Coordinator.OfferAsync(bench.Offer() with { PersonalHead = true });
        var declined = await bench.Coordinator.NextAsync<TaskDeclined>();

        Assert.Equal(DeclineReason.Contract, declined.Reason);
        Assert.Contains("the adapter that came has one", declined.Detail, StringComparison.Ordinal);
        Assert.Empty(engine.Starts);
    }

    private static TaskOffer Offer(Bench bench, int round, TaskKind kind = TaskKind.Train, LoraAdapter? published = null)
    {
        TaskOffer offer = bench.Offer(round, kind: kind);
        BlobClaim adapter = bench.Coordinator.Blobs.Put(AdapterCodec.Parse("fp32").Encode(published ?? Headless), "fp32");
        return offer with { Adapter = adapter, Lora = offer.Lora with { ModulesToSave = [] }, PersonalHead = true };
    }

    private static async Task<LoraAdapter> RoundAsync(Bench bench, TaskOffer offer)
    {
        await bench.Coordinator.OfferAsync(offer);
        ResultReady result = await bench.Coordinator.ResultOfRoundAsync(offer.Header.Round);
        await bench.Coordinator.AcceptAsync(result);
        await bench.JournalEmptyAsync();
        var reference = new AdapterReference(Headless);
        return AdapterPayload.Decode(bench.Coordinator.Blobs.ReadAll(result.Claim!.Sha256), reference.Shape, reference);
    }

    // The engine's steps depend on nothing but seed and place: training again from the same start ends at the same values.
    private static LoraAdapter Trained(SteppingEngine engine)
    {
        (Learning.Models.BaseModel model, LoraAdapter adapter, Learning.Training.TrainingPlan plan) = engine.Starts[0];
        using Learning.Training.IFineTuning again = new SteppingEngine().Start(model, adapter, [], [], plan);
        while (again.Step < plan.Steps)
        {
            again.TrainStep();
        }

        return again.Snapshot();
    }
}
