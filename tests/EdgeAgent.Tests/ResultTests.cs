using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Results;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;

namespace EdgeFlora.EdgeAgent.Tests;

/// <summary>How results are handed in, and what becomes of error feedback. Against a scripted coordinator on the real bus, in memory.</summary>
public sealed class ResultTests
{
    [Fact]
    public async Task An_update_that_the_coordinator_lost_is_handed_over_again_and_not_trained_anew()
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine();
        bench.Agent(engine);
        await bench.Coordinator.OfferAsync(bench.Offer());
        var first = await bench.Coordinator.NextAsync<ResultReady>();
        bench.Coordinator.Blobs.Remove(first.Claim!.Sha256);

        await bench.Coordinator.RejectAsync(first, RejectionCode.BodyMissing);
        await Bench.UntilAsync(() => bench.Coordinator.Blobs.Contains(first.Claim.Sha256));
        var again = await bench.Coordinator.NextAsync<ResultReady>();
        await bench.Coordinator.AcceptAsync(again);
        await bench.JournalEmptyAsync();

        Assert.Equal(first.Claim, again.Claim);
        Assert.Equal(20, engine.StepsDone);
    }

    [Fact]
    public async Task An_update_that_is_not_taken_is_offered_again_until_it_is_and_is_not_trained_anew()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Coordinator.RefusesBodies = 3;
        var engine = new SteppingEngine();
        bench.Agent(engine);

        await bench.Coordinator.OfferAsync(bench.Offer());
        var result = await bench.Coordinator.NextAsync<ResultReady>();

        Assert.True(bench.Coordinator.Blobs.Contains(result.Claim!.Sha256));
        Assert.True(bench.Coordinator.RefusesBodies < 0);
        Assert.Equal(20, engine.StepsDone);
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
    public async Task A_body_that_one_coordinator_was_offered_is_offered_to_the_next_as_soon_as_it_is_there()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Coordinator.ForgetsBodies = true;
        bench.Agent(
            new SteppingEngine(), bench.Options with { Resilience = bench.Options.Resilience with { TransferSilence = TimeSpan.FromMinutes(10) } });
        await bench.Coordinator.OfferAsync(bench.Offer());
        await bench.Coordinator.NextAsync<BlobAnnounced>();

        bench.Coordinator.ForgetsBodies = false;
        bench.Coordinator.Term = 2;
        await bench.Coordinator.PingAsync();
        var result = await bench.Coordinator.NextAsync<ResultReady>();

        Assert.True(bench.Coordinator.Blobs.Contains(result.Claim!.Sha256));
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
        ResultReady second = await bench.Coordinator.ResultOfRoundAsync(2);

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
        ResultReady second = await bench.Coordinator.ResultOfRoundAsync(2);

        // Same start, same seed, nothing left over: the same bytes.
        Assert.Equal(first.Claim, second.Claim);
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
            results.Add(await bench.Coordinator.ResultOfRoundAsync(round));
            await bench.Coordinator.RejectAsync(results[^1], RejectionCode.Invalid);
            await bench.JournalEmptyAsync();
        }

        Assert.Throws<AdapterFormatException>(() => bench.Decode(results[0]));
        double large = Distance(bench.Decode(results[1]));
        double honest = Distance(bench.Decode(results[2]));
        // int8 keeps a block's largest value to 1/254 of itself.
        Assert.InRange(large / honest, 990, 1010);
    }

    private static double Residual(Bench bench) =>
        ErrorFeedback.Load(Path.Combine(bench.State, "feedback", Offers.Run.ToString("N")), bench.Reference.Shape).Norm;

    private static double Distance(LoraAdapter adapter)
    {
        double sum = 0;
        for (int i = 0; i < adapter.Modules["layer.query"].B.Values.Length; i++)
        {
            sum += Math.Pow(adapter.Modules["layer.query"].B.Values[i] - Offers.Global.Modules["layer.query"].B.Values[i], 2);
        }

        return Math.Sqrt(sum);
    }
}
