using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Protocol.Tests.Given;

namespace EdgeFlora.Protocol.Tests.Rounds;

/// <summary>A round that may give tasks only to the agents of a shared fleet that it was granted.</summary>
public sealed class SharedFleetRoundTests
{
    private static readonly string[] Four = ["a", "b", "c", "d"];

    [Fact]
    public void It_opens_with_those_it_was_granted_and_no_others()
    {
        RoundStep waiting = RoundMachine.Apply(Planned(), new RoundInput.Tick(), 10, Rules.Plain);
        RoundStep opened = RoundMachine.Apply(waiting.Round, new RoundInput.AgentsGranted(["b", "d"]), 20, Rules.Plain);

        Assert.Equal(RoundState.Planned, waiting.Round.State);
        Assert.Empty(waiting.Decisions);
        Assert.Equal(["b", "d"], opened.Round.Tasks.Keys);
        Assert.Equal(2, opened.Round.Goal);
    }

    [Fact]
    public void What_it_cannot_open_with_it_gives_back_and_asks_anew()
    {
        Round tooFew = Apply(Planned(needed: 5), new RoundInput.AgentsGranted(["b", "d"]));
        Round opened = Apply(Apply(tooFew, new RoundInput.AgentHeard("e")), new RoundInput.AgentsGranted(["c", "e"]));

        Assert.Empty(tooFew.Granted!);
        Assert.Equal(["c", "e"], opened.Tasks.Keys);
    }

    [Fact]
    public void A_spare_that_is_granted_later_gets_the_task_that_nobody_is_at_work_for()
    {
        Round open = Apply(Planned(), new RoundInput.AgentsGranted(["a", "b"]));
        Round failed = Apply(open, new RoundInput.TaskBroke("a", 1, Retryable: false, "Diverged"));
        RoundStep spare = RoundMachine.Apply(failed, new RoundInput.AgentsGranted(["c"]), 10, Rules.Plain);

        Assert.Equal(["a", "b"], failed.Tasks.Keys);
        Assert.Equal("c", Assert.Single(spare.Decisions.OfType<RoundDecision.SendOffer>()).Task.Agent);
        Assert.Equal(["a", "b", "c"], spare.Round.Granted!);
    }

    [Fact]
    public void A_round_that_has_the_fleet_to_itself_needs_no_grant()
    {
        Round alone = Round.Plan(1, needed: 2, deadline: 500, typicalTaskMs: 0, Four[..1]);

        Assert.Null(Apply(alone, new RoundInput.AgentsGranted(["a"])).Granted);
    }

    private static Round Planned(int needed = 2) => Round.Plan(1, needed, deadline: 500, typicalTaskMs: 0, Four) with { Granted = [] };

    private static Round Apply(Round round, RoundInput input) => RoundMachine.Apply(round, input, 10, Rules.Plain).Round;
}
