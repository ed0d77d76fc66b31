using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Intake;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Intake;

/// <summary>Two rounds of one result wanted from two agents; results of the round before may count.</summary>
public sealed class BetweenRoundsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_result_whose_round_was_frozen_while_it_was_looked_into_counts_in_the_next()
    {
        await using RunRig rig = await StartAsync();
        ResultReady[] results = [rig.Result(await rig.OfferAsync("a")), rig.Result(await rig.OfferAsync("b"))];
        LoraAdapter broadcast = rig.Broadcast(await rig.OfferAsync("a"));
        Inspection[] passed = [.. results.Select(result => new Inspection(result, UpdateNorms.OfChange(broadcast, Decoded(rig, result, broadcast))))];

        // The first freezes the round, and the second is behind it in the loop's queue before a model can be.
        Array.ForEach(passed, rig.Post);
        await rig.OfferAsync("a", round: 2);
        await rig.PostAsync(results[1]);

        await rig.Sender.ForAsync<ResultAck>("b");
        Assert.DoesNotContain(rig.Sender.Sent, entry => entry.Message is ResultRejected { Header.Round: 1, Code: not RejectionCode.Duplicate });
    }

    [Fact]
    public async Task A_result_does_not_count_in_a_round_that_was_frozen_while_it_was_looked_into()
    {
        await using RunRig rig = await StartAsync(LateResults.Drop);
        ResultReady[] results = [rig.Result(await rig.OfferAsync("a")), rig.Result(await rig.OfferAsync("b"))];
        LoraAdapter broadcast = rig.Broadcast(await rig.OfferAsync("a"));

        foreach (ResultReady result in results)
        {
            rig.Post(new Inspection(result, UpdateNorms.OfChange(broadcast, Decoded(rig, result, broadcast))));
        }

        Assert.Equal(RejectionCode.RoundClosed, (await rig.Sender.ForAsync<ResultRejected>("b")).Code);
        Assert.DoesNotContain(rig.Sender.Sent, entry => entry.Message is ResultAck { Header.AgentId: "b" });
    }

    [Fact]
    public async Task An_agent_has_the_time_of_the_next_round_for_its_task_but_not_after_the_last()
    {
        await using RunRig rig = await StartAsync();
        TaskOffer first = await rig.OfferAsync("a");
        await rig.PostAsync(rig.Result(first));
        TaskOffer last = await rig.OfferAsync("a", round: 2);

        Assert.InRange(first.HardCapMs, rig.Facts.Rules.LongestMs + 1, rig.Facts.Rules.LongestMs + rig.Facts.Rules.LateMs(1));
        Assert.InRange(last.HardCapMs, 1, rig.Facts.Rules.LongestMs);
    }

    private static LoraAdapter Decoded(RunRig rig, ResultReady result, LoraAdapter reference) =>
        AdapterPayload.Decode(rig.Blobs.ReadAll(result.Claim!.Sha256), AdapterShape.Of(reference), new AdapterReference(reference));

    private async Task<RunRig> StartAsync(LateResults late = LateResults.NextRound)
    {
        RunRig rig = await RunRig.StartAsync(Settings.For(folder, roundOptions: new RoundOptions
        {
            Count = 2,
            MinAgents = 2,
            Quorum = 0.5,
            AgentsPerRound = 1,
            OverSelection = 2,
            LateResults = late,
        }));
        await rig.HelloAllAsync("a", "b");
        return rig;
    }
}
