using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Protocol.Tests.Given;

namespace EdgeFlora.Protocol.Tests.Rounds;

/// <summary>What tells two demands apart without making them.</summary>
public sealed class DemandKeyTests
{
    private static readonly HashSet<string> Nobody = [];
    private static readonly Round Planned = Round.Plan(3, needed: 2, deadline: 500, typicalTaskMs: 100, ["a", "b"], ["b"]);
    private static readonly Round Open = RoundMachine.Apply(
        RoundMachine.Apply(Planned, new RoundInput.Tick(), 10, Rules.Plain).Round, new RoundInput.TaskTaken("a", 1), 15, Rules.Plain).Round;

    [Fact]
    public void The_same_round_has_the_same_key_until_time_alone_changes_what_it_asks_for()
    {
        Assert.Equal(Key(Open), Key(Open, now: 1909));
        Assert.NotEqual(Key(Open), Key(Open, now: 1910)); // too late for another task
        Assert.Equal(Key(Planned), Key(Planned, now: 599));
        Assert.NotEqual(Key(Planned), Key(Planned, now: 600)); // agents that did not answer get another try
        Assert.Equal(Key(null), Key(null, now: 10_000));
    }

    [Fact]
    public void Whatever_a_demand_follows_from_makes_another_key()
    {
        DemandKey key = Key(Open);

        Assert.NotEqual(key, Key(null));
        Assert.NotEqual(key, Key(Open with { Number = 4 }));
        Assert.NotEqual(key, Key(Open with { State = RoundState.Frozen }));
        Assert.NotEqual(key, Key(Open with { Online = Open.Online.Add("c") }));
        Assert.NotEqual(key, Key(Open with { Busy = [] }));
        Assert.NotEqual(key, Key(Open.With(new AgentTask("c", 1, 1, TaskState.Declined, 0, 0))));
        Assert.NotEqual(key, Key(Open with { Wanted = 7 }));
        Assert.NotEqual(key, Key(Open.WithStanding("c", AgentStanding.New)));
        Assert.NotEqual(key, Key(Open, paused: true));
        Assert.NotEqual(key, DemandKey.Of(Open, 20, Rules.Plain, paused: false, new HashSet<string>()));
        Assert.NotEqual(key, DemandKey.Of(Open, 20, Rules.Plain with { AgentsPerRound = 7 }, paused: false, Nobody));
    }

    [Fact]
    public void Within_a_state_of_a_round_only_a_changed_task_lets_an_agent_go()
    {
        Round heard = RoundMachine.Apply(Open, new RoundInput.TaskHeard("a", 1), 20, Rules.Plain).Round;

        Assert.True(Key(heard).KeepsOthersOf(Key(Open)));
        Assert.False(Key(Open with { Number = 4 }).KeepsOthersOf(Key(Open)));
        Assert.False(Key(Open with { State = RoundState.Frozen }).KeepsOthersOf(Key(Open)));
        Assert.False(Key(Open with { Busy = [] }).KeepsOthersOf(Key(Open)));
        Assert.False(DemandKey.Of(Open, 20, Rules.Plain with { KeepLate = true }, paused: false, Nobody).KeepsOthersOf(Key(Open)));
    }

    private static DemandKey Key(Round? round, long now = 20, bool paused = false) =>
        DemandKey.Of(round, now, Rules.Plain with { StartTimeoutMs = 0 }, paused, Nobody);
}
