using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Protocol.Tests.Given;

namespace EdgeFlora.Protocol.Tests.Rounds;

/// <summary>
/// What one message of one agent costs a round, in bytes made for it: the same for few agents and for many, but for the depth of a tree.
/// </summary>
public sealed class MessageCostTests
{
    private const int Few = 64;
    private const int Many = 4096;

    public static TheoryData<string> Messages => ["TaskTaken", "TaskHeard", "AgentHeard", "AgentAvailable", "ResultCounted", "TaskRefused"];

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_costs_no_more_with_many_agents(string message)
    {
        long few = Cost(message, Few), many = Cost(message, Many);

        // Twice as deep a tree is twice the nodes.
        Assert.True(many <= 2.5 * few, $"{few} bytes with {Few} agents, {many} with {Many}");
    }

    private static long Cost(string message, int size)
    {
        string[] agents = [.. Enumerable.Range(0, size).Select(i => $"agent-{i:0000}")];
        RoundRules rules = Rules.Plain with { LeaseGraceMs = 100_000, OfferTimeoutMs = 100_000, SoftDeadlineMs = 200_000, HardDeadlineMs = 300_000 };
        Round round = RoundMachine.Apply(Round.Plan(1, size, 500, 0, agents), new RoundInput.Tick(), 0, rules).Round;
        foreach (string agent in agents)
        {
            round = RoundMachine.Apply(round, new RoundInput.TaskTaken(agent, 1), 1, rules).Round;
        }

        // Warmed up: what is compiled at a first call is no cost of a message.
        foreach (string agent in agents[..32])
        {
            round = Step(round, Input(message, agent), rules);
        }

        RoundInput[] inputs = [.. agents[32..48].Select(agent => Input(message, agent))];
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (RoundInput input in inputs)
        {
            round = Step(round, input, rules);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static Round Step(Round round, RoundInput input, RoundRules rules)
    {
        Round next = RoundMachine.Apply(round, input, 2, rules).Round;
        Assert.False(DemandKey.Of(next, 2, rules, paused: false, Nobody) == default);
        return next;
    }

    private static readonly HashSet<string> Nobody = [];

    private static RoundInput Input(string message, string agent) => message switch
    {
        "TaskTaken" => new RoundInput.TaskTaken(agent, 1),
        "TaskHeard" => new RoundInput.TaskHeard(agent, 1),
        "AgentHeard" => new RoundInput.AgentHeard(agent),
        "AgentAvailable" => new RoundInput.AgentAvailable(agent, 1, true),
        "ResultCounted" => new RoundInput.ResultCounted(agent),
        _ => new RoundInput.TaskRefused(agent, 1, "Busy"),
    };
}
