using EdgeFlora.Aggregation;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Intake;

/// <summary>A run of four agents, a to d, that waits for their results.</summary>
internal static class IntakeRig
{
    public static async Task<RunRig> StartAsync(
        TemporaryFolder folder, string codec = "int8", string strategy = "FloraNA", double quorum = 0.5, int agentsPerRound = 0)
    {
        CoordinatorOptions options = Settings.For(folder, roundOptions: new RoundOptions
        {
            Count = 5,
            MinAgents = 4,
            Quorum = quorum,
            AgentsPerRound = agentsPerRound,
            OverSelection = 2,
        }) with
        { Training = new TrainingOptions { Steps = 3, UpdateCodec = codec }, Aggregation = new AggregationOptions { Strategy = strategy, Threads = 1 } };
        RunRig rig = await RunRig.StartAsync(options);
        await rig.HelloAllAsync("a", "b", "c", "d");
        return rig;
    }

    /// <summary>Sends every agent's result of a round, and waits for its commit.</summary>
    /// <param name="poisoned">An agent whose change is a thousand times too long.</param>
    public static async Task AllAsync(RunRig rig, int round, string? poisoned = null)
    {
        foreach (string name in new[] { "a", "b", "c", "d" })
        {
            TaskOffer offer = await rig.OfferAsync(name, round);
            await rig.PostAsync(name == poisoned ? rig.Result(offer, broadcast => FakeTraining.Train(broadcast, 1, size: 100)) : rig.Result(offer));
        }

        await rig.Sender.EventAsync(RunEventKind.RoundCommitted, happened => happened.Round == round);
    }

    public static ResultReady With(ResultReady result, Func<MessageHeader, MessageHeader> but) => result with { Header = but(result.Header) };
}
