using EdgeFlora.Contracts.Presence;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Protocol.Tests.Fleet;

/// <summary>What a run makes of an agent by what it has shown.</summary>
public sealed class KnownAgentTests
{
    private static readonly KnownAgent There = new("a", Guid.Empty, "queue", AgentRole.Trainer) { Present = true, Took = true };

    [Fact]
    public void Only_a_trainer_that_is_there_heard_of_and_not_quarantined_may_train()
    {
        Assert.True(There.MayTrain);
        Assert.False((There with { Present = false }).MayTrain);
        Assert.False((There with { Silent = true }).MayTrain);
        Assert.False((There with { Quarantined = true }).MayTrain);
        Assert.False((There with { Role = AgentRole.Evaluator }).MayTrain);
    }

    [Fact]
    public void What_a_run_publishes_is_measured_by_those_that_took_part_there_or_not_but_for_the_quarantined()
    {
        Assert.True((There with { Present = false, Silent = true }).MeasuresAtEnd);
        Assert.False((There with { Took = false }).MeasuresAtEnd);
        Assert.False((There with { Quarantined = true }).MeasuresAtEnd);
        Assert.False((There with { Role = AgentRole.Evaluator }).MeasuresAtEnd);
    }

    [Theory]
    [InlineData(false, false, 0, nameof(AgentStanding.New))]
    [InlineData(true, false, 0, nameof(AgentStanding.Proven))]
    [InlineData(true, false, 1, nameof(AgentStanding.Proven))]
    [InlineData(true, true, 1, nameof(AgentStanding.Unanswering))]
    [InlineData(true, true, 2, nameof(AgentStanding.Benched))]
    [InlineData(true, false, 3, nameof(AgentStanding.Benched))]
    public void Its_standing_follows_from_its_earlier_tasks(bool took, bool unanswered, int missed, string standing) => Assert.Equal(
        Enum.Parse<AgentStanding>(standing), (There with { Took = took, Unanswered = unanswered, Missed = missed }).Standing);

    [Theory]
    [InlineData(nameof(TaskState.Done), true, false, true, false, 0)]
    [InlineData(nameof(TaskState.Late), true, true, true, false, 1)] // the round had all it wanted: it was no slower than it should be
    [InlineData(nameof(TaskState.Late), true, false, true, false, 2)]
    [InlineData(nameof(TaskState.Lost), true, true, true, false, 2)]
    [InlineData(nameof(TaskState.Failed), true, false, true, false, 2)]
    [InlineData(nameof(TaskState.Lost), false, false, false, true, 1)]
    [InlineData(nameof(TaskState.Declined), false, false, false, false, 1)]
    [InlineData(nameof(TaskState.Late), false, false, false, true, 1)]
    public void A_round_that_is_over_changes_it_by_what_became_of_its_task(
        string state, bool taken, bool closedEarly, bool took, bool unanswered, int missed)
    {
        KnownAgent before = There with { Took = false, Unanswered = true, Missed = 1 };

        KnownAgent after = before.After(new AgentTask("a", 1, 1, Enum.Parse<TaskState>(state), 0, 0) { Taken = taken }, closedEarly);

        Assert.Equal((took, unanswered, missed), (after.Took, after.Unanswered, after.Missed));
    }
}
