using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Protocol.Tests.Given;

namespace EdgeFlora.Protocol.Tests.Rounds;

/// <summary>Agents that an open round asks besides those it began with, for results that nobody is at work for.</summary>
public sealed class SpareAgentTests
{
    private static readonly RoundRules TwoNeeded = Rules.Plain with { Quorum = 0.7, MinResults = 2 };

    private static readonly string[] Idle = [.. Enumerable.Range(0, 20).Select(i => $"idle-{i:D2}")];

    [Fact]
    public void Spares_that_have_yet_to_show_work_are_asked_two_for_a_result_where_no_other_is_there()
    {
        RoundRules one = TwoNeeded with { AgentsPerRound = 1, MinResults = 1 };
        Round round = RoundMachine.Apply(Round.Plan(1, needed: 1, deadline: 500, typicalTaskMs: 0, ["a", "b"]), new RoundInput.Tick(), 0, one).Round;
        string first = Assert.Single(round.Tasks.Keys), second = first == "a" ? "b" : "a";
        round = Idle.Aggregate(round, (open, agent) => RoundMachine.Apply(
            open, new RoundInput.AgentAvailable(agent, null, true) { Standing = AgentStanding.New }, 10, one).Round);

        RoundStep proven = RoundMachine.Apply(round, new RoundInput.TaskBroke(first, 1, Retryable: false, "Diverged"), 20, one);
        RoundStep others = RoundMachine.Apply(proven.Round, new RoundInput.TaskBroke(second, 1, Retryable: false, "Diverged"), 30, one);

        AgentTask spare = Assert.Single(proven.Decisions.OfType<RoundDecision.SendOffer>()).Task;
        AgentTask[] idle = [.. others.Decisions.OfType<RoundDecision.SendOffer>().Select(offer => offer.Task)];
        Assert.Equal((second, true), (spare.Agent, spare.Counts));
        Assert.Equal(AgentSelection.Order(one.Seed, 1, Idle).Take(2), idle.Select(task => task.Agent));
        Assert.All(idle, task => Assert.False(task.Counts));
    }

    [Fact]
    public void Spares_are_asked_for_the_goal_as_it_is_after_what_has_just_happened()
    {
        // Three are asked, of which two are counted on; the third was benched, gives a result, and so raises the goal to three.
        RoundRules three = TwoNeeded with { AgentsPerRound = 3, MaxAttempts = 1 };
        Round round = Round.Plan(
            1, needed: 2, deadline: 500, typicalTaskMs: 0, ["a", "b", "idle"], standings: [KeyValuePair.Create("idle", AgentStanding.Benched)]);
        round = RoundMachine.Apply(round, new RoundInput.Tick(), 0, three).Round;
        RoundInput[] before =
        [
            new RoundInput.TaskTaken("a", 1), new RoundInput.TaskTaken("b", 1), new RoundInput.TaskTaken("idle", 1),
            new RoundInput.TaskBroke("a", 1, Retryable: false, "Diverged"), new RoundInput.AgentAvailable("spare", null, true),
        ];
        round = before.Aggregate(round, (open, input) => RoundMachine.Apply(open, input, 10, three).Round);
        Assert.DoesNotContain("spare", round.Tasks.Keys);

        RoundStep raised = RoundMachine.Apply(round, new RoundInput.ResultCounted("idle"), 20, three);

        Assert.Equal("spare", Assert.Single(raised.Decisions.OfType<RoundDecision.SendOffer>()).Task.Agent);
        Assert.Equal(3, raised.Round.Goal);
    }

    [Fact]
    public void One_that_is_no_longer_counted_on_is_not_made_up_for()
    {
        Round round = Round.Plan(
            2, needed: 2, deadline: 500, typicalTaskMs: 0, ["a", "b", "idle"],
            standings: [KeyValuePair.Create("idle", AgentStanding.Unanswering)]);
        RoundInput[] before =
        [
            new RoundInput.Tick(), new RoundInput.TaskTaken("a", 1), new RoundInput.TaskTaken("b", 1), new RoundInput.TaskTaken("idle", 1),
            new RoundInput.AgentAvailable("spare", null, true),
        ];
        round = before.Aggregate(round, (open, input) => RoundMachine.Apply(open, input, 10, TwoNeeded).Round);

        RoundStep declined = RoundMachine.Apply(round, new RoundInput.TaskRefused("idle", 1, "Busy"), 20, TwoNeeded);

        Assert.Equal((3, 2), (round.Goal, declined.Round.Goal));
        Assert.Empty(declined.Decisions.OfType<RoundDecision.SendOffer>());
    }
}
