using System.Security.Cryptography;
using System.Text;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Protocol.Tests.Given;

namespace EdgeFlora.Protocol.Tests.Rounds;

public sealed class RoundMachineTests
{
    private static readonly string[] Five = ["a", "b", "c", "d", "e"];

    [Fact]
    public void A_round_waits_for_the_agents_it_needs_and_then_asks_them_all()
    {
        Round waiting = RoundMachine.Apply(Planned(needed: 2, "a"), new RoundInput.Tick(), 10, Rules.Plain).Round;
        RoundStep opened = RoundMachine.Apply(waiting, new RoundInput.AgentAvailable("b", null, true), 20, Rules.Plain);

        Assert.Equal(RoundState.Planned, waiting.State);
        Assert.Equal(RoundState.Offering, opened.Round.State);
        Assert.Equal(["a", "b"], opened.Decisions.OfType<RoundDecision.SendOffer>().Select(offer => offer.Task.Agent));
        Assert.IsType<RoundDecision.Opened>(opened.Decisions[0]);
    }

    [Fact]
    public void A_quorum_at_work_makes_it_collect()
    {
        Round round = Working(Open(Five), 10, "a", "b");

        Assert.Equal((RoundState.Offering, RoundState.Collecting), (round.State, Working(round, 10, "c").State));
    }

    [Fact]
    public void A_task_of_a_lost_agent_stays_lost_when_the_round_is_frozen_and_is_cancelled()
    {
        Round round = Apply(Open(["a", "b"]), new RoundInput.TaskTaken("b", 1), 10);
        round = Apply(Apply(round, new RoundInput.AgentGone("b", "Bye"), 20), new RoundInput.ResultCounted("a"), 30);

        RoundStep frozen = RoundMachine.Apply(round, new RoundInput.Tick(), 2000, Rules.Plain with { Quorum = 0.5 });

        Assert.Equal(RoundState.Frozen, frozen.Round.State);
        Assert.Equal((TaskState.Lost, "Bye"), (frozen.Round.Tasks["b"].State, frozen.Round.Tasks["b"].EndCode));
        Assert.Equal("b", Assert.Single(frozen.Decisions.OfType<RoundDecision.SendCancel>()).Task.Agent);
    }

    [Fact]
    public void A_round_without_enough_agents_gives_up_at_its_deadline_and_says_how_many_there_were()
    {
        RoundStep step = RoundMachine.Apply(Planned(needed: 2, "a"), new RoundInput.Tick(), 500, Rules.Plain);

        Assert.Equal(RoundState.Skipped, step.Round.State);
        Assert.Equal("1 of 2 agents needed were there", Assert.Single(step.Decisions.OfType<RoundDecision.Skipped>()).Reason);
    }

    [Fact]
    public void A_round_closes_at_once_when_every_result_is_in()
    {
        Round round = Open(Five);
        foreach (string agent in Five[..4])
        {
            round = Apply(round, new RoundInput.ResultCounted(agent), 50);
        }

        RoundStep last = RoundMachine.Apply(round, new RoundInput.ResultCounted("e"), 50, Rules.Plain);

        Assert.Equal(RoundState.Offering, Open(Five).State);
        Assert.Equal(RoundState.Collecting, round.State);
        Assert.Equal(RoundState.Frozen, last.Round.State);
        Assert.Single(last.Decisions.OfType<RoundDecision.Freeze>());
    }

    [Fact]
    public void With_a_quorum_stragglers_get_the_grace_after_each_result_and_no_more()
    {
        Round round = Working(Open(Five), 90, Five);
        round = Apply(round, new RoundInput.ResultCounted("a"), 90);
        round = Apply(round, new RoundInput.ResultCounted("b"), 90);
        round = Apply(round, new RoundInput.ResultCounted("c"), 90);
        round = Working(round, 250, "d", "e");
        round = Apply(round, new RoundInput.ResultCounted("d"), 250);
        round = Working(round, 400, "e");

        Round before = Apply(round, new RoundInput.Tick(), 549);
        RoundStep after = RoundMachine.Apply(round, new RoundInput.Tick(), 550, Rules.Plain);

        Assert.Equal(RoundState.Collecting, before.State);
        Assert.Equal(RoundState.Frozen, after.Round.State);
        Assert.Equal(TaskState.Late, after.Round.Tasks["e"].State);
        Assert.Equal("e", Assert.Single(after.Decisions.OfType<RoundDecision.SendCancel>()).Task.Agent);
    }

    [Fact]
    public void At_the_soft_deadline_a_quorum_is_enough()
    {
        RoundRules patient = Rules.Plain with { StragglerGraceMs = 10_000, LeaseGraceMs = 10_000 };
        Round round = Open(Five, patient);
        foreach (string agent in Five)
        {
            round = RoundMachine.Apply(round, new RoundInput.TaskTaken(agent, 1), 10, patient).Round;
        }

        foreach (string agent in Five[..3])
        {
            round = RoundMachine.Apply(round, new RoundInput.ResultCounted(agent), 20, patient).Round;
        }

        Assert.Equal(RoundState.Collecting, RoundMachine.Apply(round, new RoundInput.Tick(), 999, patient).Round.State);
        Assert.Equal(RoundState.Frozen, RoundMachine.Apply(round, new RoundInput.Tick(), 1000, patient).Round.State);
    }

    [Fact]
    public void Without_a_quorum_a_round_is_extended_and_then_skipped()
    {
        Round round = Apply(Working(Open(Five), 10, Five), new RoundInput.ResultCounted("a"), 50);

        RoundStep extended = RoundMachine.Apply(round, new RoundInput.Tick(), 2000, Rules.Plain);
        RoundStep skipped = RoundMachine.Apply(extended.Round, new RoundInput.Tick(), 3000, Rules.Plain);

        Assert.Single(extended.Decisions.OfType<RoundDecision.Extended>());
        Assert.Equal(["b", "c", "d", "e"], extended.Decisions.OfType<RoundDecision.SendOffer>().Select(offer => offer.Task.Agent));
        Assert.Equal(RoundState.Skipped, skipped.Round.State);
        Assert.Equal("1 of 3 results needed came in, after 1 extensions", Assert.Single(skipped.Decisions.OfType<RoundDecision.Skipped>()).Reason);
    }

    [Fact]
    public void With_the_time_that_an_extension_gives_spare_agents_are_asked_at_once()
    {
        RoundRules oneOfTwo = Rules.Plain with { AgentsPerRound = 1, LeaseGraceMs = 10_000, MaxAttempts = 1 };
        Round round = Open(["a", "b"], oneOfTwo) with { TypicalTaskMs = 600 };
        string first = Assert.Single(round.Tasks.Keys);
        round = RoundMachine.Apply(round, new RoundInput.TaskBroke(first, 1, Retryable: false, "Diverged"), 1500, oneOfTwo).Round;

        RoundStep extended = RoundMachine.Apply(round, new RoundInput.Tick(), 2000, oneOfTwo);

        Assert.Equal([first], round.Tasks.Keys);
        Assert.Equal(first == "a" ? "b" : "a", Assert.Single(extended.Decisions.OfType<RoundDecision.SendOffer>()).Task.Agent);
        Assert.Single(extended.Decisions.OfType<RoundDecision.Extended>());
    }

    [Fact]
    public void Silence_ends_a_lease_and_a_late_result_under_the_same_epoch_still_counts()
    {
        Round round = Working(Open(Five), 10, Five);
        RoundStep silent = RoundMachine.Apply(round, new RoundInput.Tick(), 210, Rules.Plain);
        Round late = Apply(silent.Round, new RoundInput.ResultCounted("a"), 220);

        Assert.Equal(Five, silent.Decisions.OfType<RoundDecision.TaskEnded>().Select(ended => ended.Task.Agent));
        Assert.Equal("LeaseExpired", silent.Round.Tasks["a"].EndCode);
        Assert.Equal(TaskState.Done, late.Tasks["a"].State);
    }

    [Fact]
    public void A_lost_task_is_given_to_a_spare_agent_while_a_tasks_usual_length_is_left()
    {
        RoundRules oneOfTwo = Rules.Plain with { AgentsPerRound = 1, OverSelection = 1 };
        Round round = Open(["a", "b"], oneOfTwo);
        string first = Assert.Single(round.Tasks.Keys);

        RoundStep lost = RoundMachine.Apply(round, new RoundInput.AgentGone(first, "Bye"), 50, oneOfTwo);
        RoundStep tooLate = RoundMachine.Apply(round with { TypicalTaskMs = 1990 }, new RoundInput.AgentGone(first, "Bye"), 50, oneOfTwo);

        Assert.Equal(first == "a" ? "b" : "a", Assert.Single(lost.Decisions.OfType<RoundDecision.SendOffer>()).Task.Agent);
        Assert.Empty(tooLate.Decisions.OfType<RoundDecision.SendOffer>());
    }

    [Fact]
    public void An_agent_that_is_back_with_its_journal_goes_on_under_its_epoch()
    {
        Round round = Apply(Working(Open(Five), 10, Five), new RoundInput.AgentGone("a", "Silent"), 50);

        RoundStep back = RoundMachine.Apply(round, new RoundInput.AgentAvailable("a", HeldEpoch: 1, NewProcess: true), 60, Rules.Plain);

        Assert.Equal((TaskState.Accepted, 1), (back.Round.Tasks["a"].State, back.Round.Tasks["a"].LeaseEpoch));
        Assert.Empty(back.Decisions.OfType<RoundDecision.SendOffer>());
    }

    [Fact]
    public void An_agent_that_is_back_without_its_journal_starts_again_and_its_old_epoch_counts_for_nothing()
    {
        Round round = Working(Open(Five), 10, Five);

        RoundStep back = RoundMachine.Apply(round, new RoundInput.AgentAvailable("a", HeldEpoch: null, NewProcess: true), 60, Rules.Plain);
        Round old = Apply(back.Round, new RoundInput.TaskBroke("a", 1, Retryable: false, "Diverged"), 70);

        AgentTask again = Assert.Single(back.Decisions.OfType<RoundDecision.SendOffer>()).Task;
        Assert.Equal((2, 2), (again.Attempt, again.LeaseEpoch));
        Assert.Equal(TaskState.Offered, old.Tasks["a"].State);
    }

    [Fact]
    public void A_failure_is_tried_again_only_so_often()
    {
        Round round = Open(Five);
        int offers = 0;
        for (int epoch = 1; epoch <= 5; epoch++)
        {
            RoundStep step = RoundMachine.Apply(round, new RoundInput.TaskBroke("a", epoch, Retryable: true, "OutOfMemory"), 10, Rules.Plain);
            offers += step.Decisions.OfType<RoundDecision.SendOffer>().Count();
            round = step.Round;
        }

        Assert.Equal(Rules.Plain.MaxAttempts - 1, offers);
        Assert.Equal(TaskState.Failed, round.Tasks["a"].State);
    }

    [Fact]
    public void An_aggregation_that_takes_too_long_ends_the_round()
    {
        Round round = Open(["a"]);
        round = Apply(round, new RoundInput.ResultCounted("a"), 10);
        round = Apply(round, new RoundInput.AggregationBegun(), 20);

        Assert.Equal(RoundState.Aggregating, Apply(round, new RoundInput.Tick(), 5009).State);
        Assert.Equal(RoundState.Skipped, Apply(round, new RoundInput.Tick(), 5010).State);
    }

    [Theory]
    [InlineData(10, 0.7, 7)] // 0.7 × 10 is 7.000000000000001 in binary
    [InlineData(5, 0.6, 3)]
    [InlineData(6, 0.7, 5)]
    [InlineData(1, 0.01, 1)]
    public void The_quorum_is_the_fraction_rounded_up(int goal, double fraction, int quorum) =>
        Assert.Equal(quorum, RoundOpening.QuorumOf(goal, Rules.Plain with { Quorum = fraction }));

    [Fact]
    public void The_choice_of_agents_follows_from_seed_round_and_names_alone()
    {
        string[] names = [.. Enumerable.Range(0, 20).Select(i => $"agent-{i}")];

        Assert.Equal(AgentSelection.Order(7, 3, names), AgentSelection.Order(7, 3, names.Reverse()));
        Assert.NotEqual(AgentSelection.Order(7, 3, names), AgentSelection.Order(7, 4, names));
        Assert.Equal(AgentSelection.Order(7, 3, names).Remove("agent-4"), AgentSelection.Order(7, 3, names.Except(["agent-4"])));
    }

    [Fact]
    public void Agents_are_asked_in_the_order_of_a_hash_of_seed_round_and_name()
    {
        string[] names = ["b", "ä-2", "a", "agent-17"];
        byte[] head = [0xEF, 0xCD, 0xAB, 0x89, 0x67, 0x45, 0x23, 0x01, 0x05, 0, 0, 0]; // seed and round, little end first

        Assert.Equal(
            names.OrderBy(name => Convert.ToHexString(SHA256.HashData([.. head, .. Encoding.UTF8.GetBytes(name)])), StringComparer.Ordinal),
            AgentSelection.Order(0x0123456789ABCDEF, 5, names));
    }

    private static Round Planned(int needed, params string[] online) => Round.Plan(1, needed, deadline: 500, typicalTaskMs: 0, online);

    private static Round Open(string[] agents, RoundRules? rules = null) =>
        RoundMachine.Apply(Planned(agents.Length, agents), new RoundInput.Tick(), 0, rules ?? Rules.Plain).Round;

    private static Round Working(Round round, long now, params string[] agents) =>
        agents.Aggregate(round, (current, agent) => Apply(current, new RoundInput.TaskTaken(agent, 1), now));

    private static Round Apply(Round round, RoundInput input, long now) => RoundMachine.Apply(round, input, now, Rules.Plain).Round;
}
