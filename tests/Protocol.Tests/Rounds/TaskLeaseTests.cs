using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Protocol.Tests.Given;

namespace EdgeFlora.Protocol.Tests.Rounds;

/// <summary>One task of a round: what its agent says under its lease's epoch counts, and nothing under another.</summary>
public sealed class TaskLeaseTests
{
    private static readonly string[] Five = ["a", "b", "c", "d", "e"];

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void What_is_said_under_another_epoch_changes_nothing(int epoch)
    {
        Round round = Open();
        RoundInput[] inputs =
        [
            new RoundInput.TaskTaken("a", epoch), new RoundInput.TaskHeard("a", epoch), new RoundInput.TaskRefused("a", epoch, "Busy"),
            new RoundInput.TaskBroke("a", epoch, Retryable: false, "Diverged"),
        ];

        Assert.All(inputs, input =>
        {
            RoundStep step = RoundMachine.Apply(round, input, 10, Rules.Plain);
            Assert.Equal(round.Tasks["a"], step.Round.Tasks["a"]);
            Assert.Empty(step.Decisions);
        });
    }

    [Fact]
    public void A_task_that_is_taken_or_heard_of_is_at_work_from_then_on_also_after_its_lease_had_ended()
    {
        Round lost = Apply(Apply(Open(), new RoundInput.TaskTaken("a", 1), 10), new RoundInput.AgentGone("a", "Silent"), 20);

        Assert.Equal((TaskState.Lost, "Silent", true), (lost.Tasks["a"].State, lost.Tasks["a"].EndCode, lost.Tasks["a"].Taken));
        Assert.All(new RoundInput[] { new RoundInput.TaskTaken("a", 1), new RoundInput.TaskHeard("a", 1) }, input =>
        {
            Assert.Equal(AtWork(since: 30), Apply(lost, input, 30).Tasks["a"]);
            Assert.Equal(AtWork(since: 30), Apply(Open(), input, 30).Tasks["a"]);
        });
    }

    [Theory]
    [InlineData(209, true)]
    [InlineData(210, false)]
    public void Silence_ends_a_lease_to_the_millisecond_and_news_puts_that_off(int now, bool isAtWork)
    {
        Round working = Apply(Open(), new RoundInput.TaskTaken("a", 1), 10);
        Round heard = Apply(working, new RoundInput.TaskHeard("a", 1), 200);

        Assert.Equal(isAtWork, Apply(working, new RoundInput.Tick(), now).Tasks["a"].AtWork);
        Assert.True(Apply(heard, new RoundInput.Tick(), now + 189).Tasks["a"].AtWork);
    }

    [Fact]
    public void An_offer_nobody_answers_ends_as_such()
    {
        RoundRules once = Rules.Plain with { MaxAttempts = 1 };
        RoundStep step = RoundMachine.Apply(Open(), new RoundInput.Tick(), 100, once);

        Assert.All(Five, agent => Assert.Equal(
            (TaskState.Lost, TaskLease.Unanswered, false),
            (step.Round.Tasks[agent].State, step.Round.Tasks[agent].EndCode, step.Round.Tasks[agent].Taken)));
        Assert.Equal(Five, step.Decisions.OfType<RoundDecision.TaskEnded>().Select(ended => ended.Task.Agent));
    }

    [Fact]
    public void An_agent_that_will_not_is_asked_again_at_once_only_where_it_is_to_be()
    {
        RoundStep no = RoundMachine.Apply(Open(), new RoundInput.TaskRefused("a", 1, "Busy"), 10, Rules.Plain);
        RoundStep other = RoundMachine.Apply(Open(), new RoundInput.TaskRefused("a", 1, "Memory", Again: true), 10, Rules.Plain);

        Assert.Equal((TaskState.Declined, "Busy"), (no.Round.Tasks["a"].State, no.Round.Tasks["a"].EndCode));
        Assert.Equal("Busy", Assert.IsType<RoundDecision.TaskEnded>(Assert.Single(no.Decisions)).Task.EndCode);
        Assert.Equal(new AgentTask("a", 2, 2, TaskState.Offered, 10, 10), other.Round.Tasks["a"]);
        Assert.Equal(
            [nameof(RoundDecision.TaskEnded), nameof(RoundDecision.SendOffer)], other.Decisions.Select(decision => decision.GetType().Name));
    }

    [Fact]
    public void An_agent_that_could_not_is_known_to_have_tried()
    {
        RoundStep broken = RoundMachine.Apply(Open(), new RoundInput.TaskBroke("a", 1, Retryable: false, "Diverged"), 10, Rules.Plain);
        RoundStep again = RoundMachine.Apply(Open(), new RoundInput.TaskBroke("a", 1, Retryable: true, "OutOfMemory"), 10, Rules.Plain);

        Assert.Equal((TaskState.Failed, "Diverged", true), Seen(broken));
        Assert.Equal("Diverged", Assert.IsType<RoundDecision.TaskEnded>(Assert.Single(broken.Decisions)).Task.EndCode);
        Assert.Equal((TaskState.Offered, null, true), Seen(again));
        Assert.Equal((2, 2), (again.Round.Tasks["a"].Attempt, again.Round.Tasks["a"].LeaseEpoch));
    }

    [Fact]
    public void A_task_that_has_ended_cannot_be_refused_or_broken_once_more()
    {
        Round[] ended =
        [
            Apply(Open(), new RoundInput.ResultCounted("a"), 10),
            Apply(Open(), new RoundInput.ResultRefused("a", "Invalid"), 10),
            Apply(Open(), new RoundInput.TaskRefused("a", 1, "Busy"), 10),
            Apply(Open(), new RoundInput.TaskBroke("a", 1, Retryable: false, "Diverged"), 10),
        ];

        Assert.All(ended, round =>
        {
            Assert.Empty(RoundMachine.Apply(round, new RoundInput.TaskRefused("a", 1, "Busy", Again: true), 20, Rules.Plain).Decisions);
            Assert.Empty(RoundMachine.Apply(round, new RoundInput.TaskBroke("a", 1, Retryable: true, "Again"), 20, Rules.Plain).Decisions);
            Assert.Equal(round.Tasks["a"], Apply(round, new RoundInput.TaskTaken("a", 1), 20).Tasks["a"]);
            Assert.Equal(round.Tasks["a"], Apply(round, new RoundInput.TaskHeard("a", 1), 20).Tasks["a"]);
            Assert.Equal(round.Tasks["a"], Apply(round, new RoundInput.AgentGone("a", "Bye"), 20).Tasks["a"]);
        });
    }

    [Fact]
    public void A_lost_task_can_still_be_refused_or_broken()
    {
        Round lost = Apply(Apply(Open(), new RoundInput.TaskTaken("a", 1), 10), new RoundInput.AgentGone("a", "Silent"), 20);

        Assert.Equal(TaskState.Declined, Apply(lost, new RoundInput.TaskRefused("a", 1, "Busy"), 30).Tasks["a"].State);
        Assert.Equal(TaskState.Failed, Apply(lost, new RoundInput.TaskBroke("a", 1, Retryable: false, "Diverged"), 30).Tasks["a"].State);
    }

    [Fact]
    public void A_result_counts_once_at_its_moment_and_forgets_how_the_task_had_ended_before()
    {
        Round lost = Apply(Apply(Open(), new RoundInput.TaskTaken("a", 1), 10), new RoundInput.AgentGone("a", "Silent"), 20);

        Round done = Apply(lost, new RoundInput.ResultCounted("a"), 30);
        Round twice = Apply(Apply(done, new RoundInput.ResultCounted("a"), 40), new RoundInput.ResultRefused("a", "Invalid"), 40);
        Round unheard = Apply(Open(), new RoundInput.ResultCounted("a"), 30);

        Assert.Equal((TaskState.Done, true, null, 30L), Result(done));
        Assert.Equal((TaskState.Done, true, null, 30L), Result(unheard));
        Assert.Equal((30, 30), (done.LastResultAt, twice.LastResultAt));
        Assert.Equal(done.Tasks["a"], twice.Tasks["a"]);
        Assert.Equal(Open().Tasks, Apply(Open(), new RoundInput.ResultCounted("nobody"), 10).Tasks);

        static (TaskState, bool, string?, long?) Result(Round round) =>
            (round.Tasks["a"].State, round.Tasks["a"].Taken, round.Tasks["a"].EndCode, round.Tasks["a"].DoneAt);
    }

    [Fact]
    public void A_result_that_is_refused_ends_the_task_and_no_other_counts_in_its_place()
    {
        RoundStep step = RoundMachine.Apply(Open(), new RoundInput.ResultRefused("a", "Invalid"), 10, Rules.Plain);

        Assert.Equal((TaskState.Rejected, "Invalid", true), Seen(step));
        Assert.Equal("Invalid", Assert.IsType<RoundDecision.TaskEnded>(Assert.Single(step.Decisions)).Task.EndCode);
        Assert.Equal(step.Round.Tasks["a"], Apply(step.Round, new RoundInput.ResultCounted("a"), 20).Tasks["a"]);
        Assert.Equal("Invalid", Apply(step.Round, new RoundInput.ResultRefused("a", "Again"), 20).Tasks["a"].EndCode);
    }

    [Fact]
    public void An_agent_that_says_hello_before_it_took_its_offer_gets_the_same_offer_again_with_its_whole_time()
    {
        RoundStep step = RoundMachine.Apply(Open(), new RoundInput.AgentAvailable("a", HeldEpoch: null, NewProcess: false), 60, Rules.Plain);
        Round later = Apply(step.Round, new RoundInput.Tick(), 159);

        var again = Assert.IsType<RoundDecision.SendOffer>(Assert.Single(step.Decisions));
        Assert.Equal((1, true), (again.Task.LeaseEpoch, again.IsRepeated));
        Assert.Equal(new AgentTask("a", 1, 1, TaskState.Offered, 60, 60), step.Round.Tasks["a"]);
        Assert.Equal((TaskState.Offered, 1), (later.Tasks["a"].State, later.Tasks["a"].LeaseEpoch));
    }

    [Fact]
    public void One_that_says_hello_while_it_is_at_work_is_left_to_it_unless_a_new_process_has_lost_it()
    {
        Round working = Apply(Open(), new RoundInput.TaskTaken("a", 1), 10);
        Round lost = Apply(working, new RoundInput.AgentGone("a", "Silent"), 20);

        Assert.Equal(AtWork(since: 10), Hello(working, held: null, newProcess: false).Tasks["a"]);
        Assert.Equal(AtWork(since: 30), Hello(working, held: 1, newProcess: true).Tasks["a"]);
        Assert.Equal(AtWork(since: 30), Hello(lost, held: 1, newProcess: false).Tasks["a"]);
        Assert.Equal(2, Hello(working, held: null, newProcess: true).Tasks["a"].LeaseEpoch);
        Assert.Equal(2, Hello(lost, held: null, newProcess: false).Tasks["a"].LeaseEpoch);
        Assert.Equal(2, Hello(lost, held: 7, newProcess: false).Tasks["a"].LeaseEpoch);

        static Round Hello(Round round, int? held, bool newProcess) => Apply(round, new RoundInput.AgentAvailable("a", held, newProcess), 30);
    }

    [Fact]
    public void A_new_issue_keeps_what_the_agent_has_shown_and_there_are_no_more_of_them_than_attempts()
    {
        Round round = Apply(Open(), new RoundInput.TaskTaken("a", 1), 10);
        for (int epoch = 1; epoch < 5; epoch++)
        {
            round = Apply(round, new RoundInput.AgentAvailable("a", HeldEpoch: null, NewProcess: true), 10 + epoch);
            round = Apply(round, new RoundInput.TaskTaken("a", epoch + 1), 10 + epoch);
        }

        Assert.Equal(
            (Rules.Plain.MaxAttempts, Rules.Plain.MaxAttempts, true),
            (round.Tasks["a"].Attempt, round.Tasks["a"].LeaseEpoch, round.Tasks["a"].Taken));
    }

    [Theory]
    [InlineData(1999, 2)]
    [InlineData(2000, 1)]
    public void No_task_is_issued_again_once_the_rounds_time_is_up(int now, int epoch)
    {
        RoundRules last = Rules.Plain with { Extensions = 0, LeaseGraceMs = 10_000 };
        Round round = RoundMachine.Apply(Open(), new RoundInput.TaskTaken("a", 1), 10, last).Round;

        Round broken = RoundMachine.Apply(round, new RoundInput.TaskBroke("a", 1, Retryable: true, "OutOfMemory"), now, last).Round;

        Assert.Equal(epoch, broken.Tasks["a"].LeaseEpoch);
    }

    [Fact]
    public void An_agent_that_was_gone_and_works_again_is_waited_for()
    {
        Round gone = Apply(Apply(Open(), new RoundInput.AgentSilent("a"), 10), new RoundInput.AgentGone("a", "Bye"), 20);

        Round back = Apply(gone, new RoundInput.TaskHeard("a", 1), 30);

        Assert.Equal((4, 5), (gone.Tally.Waited, back.Tally.Waited));
    }

    private static AgentTask AtWork(long since) => new("a", 1, 1, TaskState.Accepted, 0, since) { Taken = true };

    private static (TaskState State, string? Code, bool Taken) Seen(RoundStep step) =>
        (step.Round.Tasks["a"].State, step.Round.Tasks["a"].EndCode, step.Round.Tasks["a"].Taken);

    private static Round Open() => Apply(Round.Plan(1, needed: 5, deadline: 500, typicalTaskMs: 0, Five), new RoundInput.Tick(), 0);

    private static Round Apply(Round round, RoundInput input, long now) => RoundMachine.Apply(round, input, now, Rules.Plain).Round;
}
