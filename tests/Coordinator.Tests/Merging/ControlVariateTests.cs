using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.ControlVariates;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Tests.Merging;

/// <summary>The mean of the agents' control variates: found from what they sent, and handed out with the next round.</summary>
public sealed class ControlVariateTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task It_goes_out_with_the_next_round_and_those_who_are_away_count_in_it_still()
    {
        CoordinatorOptions options = Settings.For(folder, agents: 3, rounds: 4);
        options = options with
        {
            Rounds = options.Rounds with { MinAgents = 3, AgentsPerRound = 2, OverSelection = 1 },
            Aggregation = options.Aggregation with { Strategy = "FedIT", Gauge = Gauge.Anchored, ServerRate = 1 },
            Training = options.Training with { ControlVariates = true, UpdateCodec = "fp32" },
        };
        await using RunRig rig = await RunRig.StartAsync(options);
        await rig.HelloAllAsync("a", "b", "c");
        var counted = new Dictionary<string, double>(StringComparer.Ordinal);
        LoraAdapter? common = null;
        for (int round = 1; round <= 3; round++)
        {
            var updates = new List<Update>();
            LoraAdapter broadcast = null!;
            foreach (string name in Chosen(options, round))
            {
                TaskOffer offer = await rig.OfferAsync(name, round);
                broadcast = rig.Broadcast(offer);
                Assert.True(offer.ControlVariates);
                Assert.Equal(common is null, offer.Control is null);
                LoraAdapter trained = Moved(broadcast, (0.01f * round) + (0.002f * (name[0] - 'a')));
                ResultReady result = rig.Result(offer, _ => trained);
                updates.Add(new Update(name, result.Examples, Received(rig, result, broadcast)));
                await rig.PostAsync(result);
            }

            await rig.Sender.EventAsync(RunEventKind.RoundCommitted, happened => happened.Round == round);
            double sum = updates.Sum(update => update.Weight);
            common = CommonVariate.After(
                broadcast,
                common,
                updates,
                [.. updates.Select(update => new AgentWeight(update.AgentId, update.Weight / sum, 0, 1))],
                counted,
                options.Training.PeakRate(LearningTask.Classification, round, 4),
                FrozenFactors.None);
            updates.ForEach(update => counted[update.AgentId] = update.Weight);
            TaskOffer next = await rig.OfferAsync(Chosen(options, round + 1)[0], round + 1);
            LoraAdapter sent = AdapterPayload.Decode(rig.Blobs.ReadAll(next.Control!.Sha256), AdapterShape.Of(broadcast));
            Assert.All(Values(common).Zip(Values(sent)), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
            Assert.Contains(Values(sent), value => Math.Abs(value) > 1e-3);
        }

        // Otherwise nobody was ever away after having counted.
        Assert.Equal(3, counted.Count);
    }

    private static string[] Chosen(CoordinatorOptions options, int round) =>
        [.. AgentSelection.Order(options.Seed, round, ["a", "b", "c"]).Take(2)];

    private static LoraAdapter Received(RunRig rig, ResultReady result, LoraAdapter broadcast) =>
        AdapterPayload.Decode(rig.Blobs.ReadAll(result.Claim!.Sha256), AdapterShape.Of(broadcast), new AdapterReference(broadcast));

    private static LoraAdapter Moved(LoraAdapter adapter, float by)
    {
        LoraAdapter moved = adapter.Clone();
        foreach (LoraFactors factors in moved.Modules.Values)
        {
            foreach (ref float value in factors.B.Values)
            {
                value += by;
            }
        }

        return moved;
    }

    private static float[] Values(LoraAdapter adapter) =>
    [
        .. adapter.Modules.Values.SelectMany(factors => (float[])[.. factors.A.Values, .. factors.B.Values]),
        .. adapter.Saved.Values.SelectMany(tensor => tensor.Values),
    ];
}
