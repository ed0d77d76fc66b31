using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Intake;

/// <summary>Runs of several rounds of three results wanted from four agents, of whom d is late in the first.</summary>
internal static class LateRounds
{
    /// <summary>Results of a, b and c close the first round; returns d's, which is not sent.</summary>
    public static async Task<ResultReady> FirstRoundAsync(RunRig rig)
    {
        ResultReady late = rig.Result(await rig.OfferAsync("d"));
        await ResultsAsync(rig, 1, "a", "b", "c");
        await rig.OfferAsync("a", round: 2);
        return late;
    }

    /// <summary>Has agents report a round's results, one after the other.</summary>
    public static async Task ResultsAsync(RunRig rig, int round, params string[] agents)
    {
        foreach (string agent in agents)
        {
            await rig.PostAsync(rig.Result(await rig.OfferAsync(agent, round)));
            await rig.Sender.ForAsync<ResultAck>(agent, ack => ack.Header.Round == round);
        }
    }

    public static async Task<RunRig> StartAsync(
        TemporaryFolder folder, int rounds = 2, string strategy = "FloraNA", TimeProvider? time = null, double quorum = 0.6)
    {
        CoordinatorOptions options = Settings.For(folder, roundOptions: new RoundOptions
        {
            Count = rounds,
            MinAgents = 4,
            Quorum = quorum,
            AgentsPerRound = 3,
            OverSelection = 2,
            LateResults = LateResults.NextRound,
        });
        RunRig rig = await RunRig.StartAsync(options with { Aggregation = options.Aggregation with { Strategy = strategy } }, time);
        await rig.HelloAllAsync("a", "b", "c", "d");
        return rig;
    }

    /// <summary>Who counted, whose result was late, and who was late, in a line.</summary>
    public static string Text(RoundFigures figures) =>
        $"{string.Join(' ', figures.Accepted)}, stale {string.Join(' ', figures.Stale)}, late {string.Join(' ', figures.Late)}";
}
