using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Deltas;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Tests.Given;

namespace EdgeFlora.EdgeAgent.Tests;

/// <summary>An agent and what a strategy asks of it, against a scripted coordinator on the real bus, in memory.</summary>
public sealed class FactorRuleTests
{
    private const string Module = "layer.query";

    private static readonly FactorRule KeepsB = new() { Modules = [Module], KeepB = true };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_frozen_factor_is_not_trained_and_comes_back_as_it_was(bool a)
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine();
        bench.Agent(engine);
        var frozen = new FrozenFactors(a ? [Module] : [], a ? [] : [Module]);

        ResultReady result = await RoundAsync(bench, 1, new FactorRule { Modules = [Module], TrainA = !a, TrainB = a });

        Assert.Equal(frozen, Assert.Single(engine.Starts).Plan.Frozen);
        LoraAdapter update = bench.Decode(result);
        Assert.Null(frozen.FirstChange(Offers.Global, update));
        Assert.NotNull(new FrozenFactors([Module], [Module]).FirstChange(Offers.Global, update));
    }

    [Fact]
    public async Task An_agents_own_B_stays_with_it_and_survives_its_process()
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine();
        EdgeAgentService first = bench.Agent(engine);
        LoraAdapter sent = bench.Decode(await RoundAsync(bench, 1, KeepsB));
        await first.DieAsync();
        var later = new SteppingEngine();
        bench.Agent(later);

        await RoundAsync(bench, 2, KeepsB);

        Assert.Equal(Offers.Global.Modules[Module].B.Values.ToArray(), sent.Modules[Module].B.Values.ToArray());
        Assert.NotEqual(Offers.Global.Modules[Module].A.Values.ToArray(), sent.Modules[Module].A.Values.ToArray());
        LoraAdapter start = Assert.Single(later.Starts).Adapter;
        Assert.Equal(Offers.Global.Modules[Module].A.Values.ToArray(), start.Modules[Module].A.Values.ToArray());
        Assert.Equal(TrainedB(engine), start.Modules[Module].B.Values.ToArray());
    }

    [Fact]
    public async Task The_own_B_of_a_refused_update_is_forgotten()
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine();
        bench.Agent(engine);
        await bench.Coordinator.OfferAsync(bench.Offer() with { Factors = [KeepsB] });
        await bench.Coordinator.RejectAsync(await bench.Coordinator.NextAsync<ResultReady>(), RejectionCode.Invalid);
        await bench.JournalEmptyAsync();

        await RoundAsync(bench, 2, KeepsB);

        Assert.Equal(Offers.Global.Modules[Module].B.Values.ToArray(), engine.Starts[1].Adapter.Modules[Module].B.Values.ToArray());
    }

    [Fact]
    public async Task What_compression_left_out_does_not_enter_factors_in_a_new_basis()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine());
        ResultReady kept = await RoundAsync(bench, 1, "int4");
        ResultReady carried = await RoundAsync(bench, 2, "int4");
        await using Bench other = await Bench.StartAsync();
        other.Agent(new SteppingEngine());
        ResultReady forgot = await RoundAsync(other, 1, "int4");

        ResultReady anew = await RoundAsync(other, 2, "int4", new FactorRule { Modules = [Module], NewBasis = true });

        // The same steps from the same start: only what was left out in round 1 tells the updates of round 2 apart from those of round 1.
        Assert.Equal(kept.Claim, forgot.Claim);
        Assert.NotEqual(Factors(bench, kept), Factors(bench, carried));
        Assert.Equal(Factors(bench, kept), Factors(other, anew));
    }

    [Fact]
    public async Task What_was_folded_into_the_base_is_fetched_and_added_before_training_and_measuring()
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine();
        bench.Agent(engine);
        const string Layer = "bert.encoder.layer.0.attention.self.query";
        var full = new Adapters.Matrices.Matrix(2, 2, [1, 2, 3, 4]);
        BlobClaim delta = bench.Coordinator.Blobs.Put(
            BaseDeltaFile.Write(new BaseDelta([KeyValuePair.Create(Layer, new WeightDelta(full))])), "safetensors");

        await bench.Coordinator.OfferAsync(bench.Offer() with { BaseDelta = delta, MinContract = 2 });
        await bench.Coordinator.AcceptAsync(await bench.Coordinator.NextAsync<ResultReady>());
        await bench.JournalEmptyAsync();
        await RoundAsync(bench, 2);

        Learning.Models.BaseModel changed = engine.Starts[0].Model;
        Learning.Models.Parameter weight = changed.Network.Layout.Linears.Single(layer => layer.Name == Layer).Weight;
        Assert.Equal([1, 2, 3, 4], changed.Weight(weight).ToArray());
        Assert.Equal((bench.Model.Sha256, delta.Sha256), (changed.Sha256, changed.DeltaSha256));
        Assert.Same(bench.Model, engine.Starts[1].Model);
        Assert.Equal([0, 0, 0, 0], bench.Model.Weight(weight).ToArray());
    }

    [Fact]
    public async Task A_body_that_is_no_base_delta_of_the_model_fails_the_task_and_nothing_is_trained()
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine();
        bench.Agent(engine);
        BlobClaim delta = bench.Coordinator.Blobs.Put(
            BaseDeltaFile.Write(new BaseDelta([KeyValuePair.Create("no.such.layer", new WeightDelta(Offers.Global.Modules[Module]))])),
            "safetensors");

        await bench.Coordinator.OfferAsync(bench.Offer() with { BaseDelta = delta });
        var failed = await bench.Coordinator.NextAsync<TaskFailed>();

        Assert.Equal("Blob", failed.Code);
        Assert.Contains("changes no adapted module", failed.Detail, StringComparison.Ordinal);
        Assert.Empty(engine.Starts);
    }

    public static TheoryData<Func<TaskOffer, TaskOffer>, string> Beyond => new()
    {
        { offer => offer with { MinContract = ContractVersion.Current + 1 }, "needs an agent of contract version" },
        { offer => offer with { Factors = [new FactorRule { Modules = ["layer.key"], TrainA = false }] }, "no module 'layer.key'" },
    };

    [Theory]
    [MemberData(nameof(Beyond))]
    public async Task What_the_agent_can_not_obey_it_declines(Func<TaskOffer, TaskOffer> but, string why)
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine();
        bench.Agent(engine);

        await bench.Coordinator.OfferAsync(but(bench.Offer()));
        var declined = await bench.Coordinator.NextAsync<TaskDeclined>();

        Assert.Equal(DeclineReason.Contract, declined.Reason);
        Assert.Contains(why, declined.Detail, StringComparison.Ordinal);
        Assert.Empty(engine.Starts);
    }

    private static Task<ResultReady> RoundAsync(Bench bench, int round, params FactorRule[] rules) => RoundAsync(bench, round, "int8", rules);

    private static async Task<ResultReady> RoundAsync(Bench bench, int round, string codec, params FactorRule[] rules)
    {
        await bench.Coordinator.OfferAsync(bench.Offer(round, codec: codec) with { Factors = rules });
        ResultReady result = await bench.Coordinator.ResultOfRoundAsync(round);
        await bench.Coordinator.AcceptAsync(result);
        await bench.JournalEmptyAsync();
        return result;
    }

    // The engine's steps depend on nothing but seed and place: training again from the same start ends at the same values.
    private static float[] TrainedB(SteppingEngine engine)
    {
        (Learning.Models.BaseModel model, LoraAdapter adapter, Learning.Training.TrainingPlan plan) = engine.Starts[0];
        using Learning.Training.IFineTuning again = new SteppingEngine().Start(model, adapter, [], [], plan);
        while (again.Step < plan.Steps)
        {
            again.TrainStep();
        }

        return again.Snapshot().Modules[Module].B.Values.ToArray();
    }

    private static float[] Factors(Bench bench, ResultReady result)
    {
        LoraFactors factors = bench.Decode(result).Modules[Module];
        return [.. factors.A.Values, .. factors.B.Values];
    }
}
