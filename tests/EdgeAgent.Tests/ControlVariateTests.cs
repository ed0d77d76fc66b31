using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.ControlVariates;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Tests.Given;

namespace EdgeFlora.EdgeAgent.Tests;

/// <summary>What an agent knows of where its steps go: kept while it lives and after, changed by what counts, gone when the run is over.</summary>
public sealed class ControlVariateTests
{
    private const string Folder = "control-variates";

    [Fact]
    public async Task Its_own_is_kept_in_a_later_process_and_what_all_go_more_is_taken_off_its_steps()
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine();
        EdgeAgentService first = bench.Agent(engine);
        LoraAdapter sent = await RoundAsync(bench, Offer(bench, 1));
        await first.DieAsync();
        var later = new SteppingEngine();
        bench.Agent(later);
        LoraAdapter common = Filled(0.75f);

        await RoundAsync(bench, Offer(bench, 2, common));

        Assert.Null(Assert.Single(engine.Starts).Plan.Correction);
        double rate = bench.Offer().Hyper!.LearningRate;
        LoraAdapter own = ControlVariate.After(Offers.Global, sent, common: null, own: null, rate, FrozenFactors.None);
        Assert.Equal(
            Values(ControlVariate.Correction(common, own, rate)), Values(Assert.Single(later.Starts).Plan.Correction!));
    }

    /// <summary>A first round whose results were accepted and which was skipped: the next one has no c either, and nothing is taken off.</summary>
    [Fact]
    public async Task After_a_skipped_first_round_its_own_is_what_the_next_round_went()
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine();
        bench.Agent(engine);
        await RoundAsync(bench, Offer(bench, 1));
        LoraAdapter sent = await RoundAsync(bench, Offer(bench, 2));
        LoraAdapter common = Filled(0.75f);

        await RoundAsync(bench, Offer(bench, 3, common));

        double rate = bench.Offer().Hyper!.LearningRate;
        LoraAdapter own = ControlVariate.After(Offers.Global, sent, common: null, own: null, rate, FrozenFactors.None);
        Assert.Null(engine.Starts[1].Plan.Correction);
        Assert.Equal(Values(ControlVariate.Correction(common, own, rate)), Values(engine.Starts[2].Plan.Correction!));
    }

    [Fact]
    public async Task A_refused_update_leaves_it_as_it_was()
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine();
        bench.Agent(engine);
        await RoundAsync(bench, Offer(bench, 1));
        LoraAdapter common = Filled(0.75f);
        await bench.Coordinator.OfferAsync(Offer(bench, 2, common));
        await bench.Coordinator.RejectAsync(await bench.Coordinator.ResultOfRoundAsync(2), RejectionCode.Invalid);
        await bench.JournalEmptyAsync();

        await RoundAsync(bench, Offer(bench, 3, common));

        Assert.Equal(Values(engine.Starts[1].Plan.Correction!), Values(engine.Starts[2].Plan.Correction!));
    }

    [Fact]
    public async Task An_agent_that_has_lost_its_own_takes_nothing_off_and_has_one_again_afterwards()
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine();
        bench.Agent(engine);
        await RoundAsync(bench, Offer(bench, 1));
        Directory.Delete(Path.Combine(bench.State, Folder), recursive: true);
        Directory.CreateDirectory(Path.Combine(bench.State, Folder));

        await RoundAsync(bench, Offer(bench, 2, Filled(0.75f)));
        await RoundAsync(bench, Offer(bench, 3, Filled(0.75f)));

        Assert.Null(engine.Starts[1].Plan.Correction);
        Assert.NotNull(engine.Starts[2].Plan.Correction);
    }

    [Fact]
    public async Task Runs_without_variates_and_runs_that_are_over_leave_none()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine());
        await RoundAsync(bench, bench.Offer());
        Assert.Empty(Directory.GetFiles(Path.Combine(bench.State, Folder)));
        await RoundAsync(bench, Offer(bench, 2));
        Assert.Single(Directory.GetFiles(Path.Combine(bench.State, Folder)));

        TaskOffer published = bench.Offer(3, kind: TaskKind.Evaluate) with { Published = true };
        await bench.Coordinator.OfferAsync(published);
        await bench.Coordinator.AcceptAsync(await bench.Coordinator.ResultOfRoundAsync(3));
        await bench.JournalEmptyAsync();

        Assert.Empty(Directory.GetFiles(Path.Combine(bench.State, Folder)));
    }

    private static TaskOffer Offer(Bench bench, int round, LoraAdapter? common = null)
    {
        BlobClaim? control = common is null ? null : bench.Coordinator.Blobs.Put(AdapterCodec.Parse("fp32").Encode(common), "fp32");
        return bench.Offer(round) with { ControlVariates = true, Control = control };
    }

    private static async Task<LoraAdapter> RoundAsync(Bench bench, TaskOffer offer)
    {
        await bench.Coordinator.OfferAsync(offer);
        ResultReady result = await bench.Coordinator.ResultOfRoundAsync(offer.Header.Round);
        await bench.Coordinator.AcceptAsync(result);
        await bench.JournalEmptyAsync();
        return bench.Decode(result);
    }

    private static LoraAdapter Filled(float value)
    {
        LoraAdapter adapter = Offers.Global.Clone();
        foreach (LoraFactors factors in adapter.Modules.Values)
        {
            factors.A.Values.Fill(value);
            factors.B.Values.Fill(value);
        }

        foreach (DenseTensor tensor in adapter.Saved.Values)
        {
            tensor.Values.AsSpan().Fill(value);
        }

        return adapter;
    }

    private static float[] Values(LoraAdapter adapter) =>
    [
        .. adapter.Modules.Values.SelectMany(factors => (float[])[.. factors.A.Values, .. factors.B.Values]),
        .. adapter.Saved.Values.SelectMany(tensor => tensor.Values),
    ];
}
