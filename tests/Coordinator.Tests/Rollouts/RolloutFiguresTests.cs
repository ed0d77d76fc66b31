using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Rollouts;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.Coordinator.Tests.Rollouts;

public sealed class RolloutFiguresTests
{
    [Fact]
    public void Work_counts_for_the_build_that_an_agent_has_only_from_the_first_round_on_that_was_opened_under_it()
    {
        FleetAgent[] agents =
        [
            Agent("old", "1.0", new Dictionary<string, int>()),
            Agent("updated", "2.0", new Dictionary<string, int> { ["one"] = 3 }),
            Agent("unsaid", "2.0", since: null),
        ];
        string[] names = [.. agents.Select(agent => agent.Name), "stranger"];

        IReadOnlyDictionary<string, RolloutGroup> groups = RolloutFigures.ByBuild(
            agents, [("one", Rounds(names, 2, 3, 4)), ("two", Rounds(names, 1))]);

        // Rounds 2, 3 and 4 of the one and round 1 of the other; of who was updated only round 4 and the run that began later.
        Assert.Equal(new RolloutGroup { Tasks = 4, Failed = 4, Refused = 4, LossRatio = 0.5 }, groups["1.0"]);
        Assert.Equal(new RolloutGroup { Tasks = 2, Failed = 2, Refused = 2, LossRatio = 0.5 }, groups["2.0"]);
        Assert.Equal(2, groups.Count);
    }

    [Fact]
    public void An_agent_that_was_stored_without_its_version_is_one_of_an_unknown_version()
    {
        FleetAgent agent = Agent("a", null!, new Dictionary<string, int>());

        IReadOnlyDictionary<string, RolloutGroup> groups = RolloutFigures.ByBuild([agent], [("one", Rounds(["a"], 1))]);

        Assert.Equal(("unknown", 1), (Assert.Single(groups).Key, groups["unknown"].Tasks));
    }

    private static RolloutFigures.Figures Rounds(string[] agents, params int[] rounds) => new(
        [.. rounds.SelectMany(round => agents.Select(agent => (round, new AgentTask(agent, 1, 1, TaskState.Failed, 0, 0))))],
        [
            .. rounds.SelectMany(round => agents.Select(agent => new StoredResult(
                round, agent, "", 1, "fp32", 1, new(1, 1), new ResultMetrics { GlobalLoss = 2, LocalLoss = 1 }))),
        ],
        [.. rounds.SelectMany(round => agents.Select(agent => (round, agent)))]);

    private static FleetAgent Agent(string name, string build, IReadOnlyDictionary<string, int>? since) => new()
    {
        Hello = new AgentHello
        {
            Header = new MessageStamp(Guid.Empty, TimeProvider.System).About(nameof(AgentHello), name),
            ReplyQueue = Queues.Agent(name),
            ContractMin = ContractVersion.Oldest,
            ContractMax = ContractVersion.Current,
            Build = build,
            Platform = "test",
            Engines = [],
            Data = new DataSummary { Examples = 1, HeldOut = 1, Sha256 = new string('0', 64) },
            Bases = [],
        },
        BuildSince = since,
    };
}
