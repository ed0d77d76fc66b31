using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Rollouts;

namespace EdgeFlora.Coordinator.Tests.Rollouts;

public sealed class RolloutJudgeTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(1);

    [Theory]
    [InlineData(0.90, 0.94)]
    [InlineData(0.94, 0.90)]
    [InlineData(0.90, 0.90)]
    public void What_is_no_worse_than_the_margin_is_finished_once_it_was_measured_long_enough(double first, double others)
    {
        Rollout rollout = Measured(3, new() { Tasks = 6, LossRatio = first }, new() { Tasks = 24, Failed = 1, LossRatio = others });

        Rollout judged = RolloutJudge.Judge(rollout, Now);

        Assert.Equal((RolloutState.Finished, Now), (judged.State, judged.EndedAt));
        Assert.StartsWith("over 3 rounds it was no worse: a round's training took the held-out loss to 0.9", judged.Reason, StringComparison.Ordinal);
        Assert.EndsWith("0 of 6 tasks failed or were refused with the change, 1 of 24 without", judged.Reason, StringComparison.Ordinal);
        Assert.Equal(RolloutState.UnderWay, RolloutJudge.Judge(rollout with { Measured = 2 }, Now).State);
    }

    [Fact]
    public void What_trains_worse_is_withdrawn_at_once()
    {
        Rollout judged = RolloutJudge.Judge(Measured(1, new() { Tasks = 2, LossRatio = 1.2 }, new() { Tasks = 8, LossRatio = 0.9 }), Now);

        Assert.Equal(RolloutState.Withdrawn, judged.State);
        Assert.Equal(
            "it trains worse, by over 0.05: a round's training took the held-out loss to 1.200 of what it was with the change, to 0.900 without",
            judged.Reason);
    }

    /// <summary>One agent may always have bad luck.</summary>
    [Theory]
    [InlineData(1, 0, RolloutState.UnderWay)]
    [InlineData(2, 0, RolloutState.Withdrawn)]
    [InlineData(0, 2, RolloutState.Withdrawn)]
    [InlineData(1, 1, RolloutState.Withdrawn)]
    public void Failures_and_refusals_count_from_the_second_on(int failed, int refused, RolloutState state)
    {
        RolloutGroup first = new() { Tasks = 4, Failed = failed, Refused = refused };
        Rollout judged = RolloutJudge.Judge(Measured(1, first, new() { Tasks = 16, Failed = 1 }), Now);

        Assert.Equal(state, judged.State);
        Assert.Equal(
            state == RolloutState.Withdrawn
                ? "more came to nothing, by over 0.05 of all: 2 of 4 tasks failed or were refused with the change, 1 of 16 without"
                : null,
            judged.Reason);
    }

    /// <summary>A fleet whose links are bad says nothing against the change.</summary>
    [Fact]
    public void Failures_that_the_others_have_too_do_not_count()
    {
        Rollout judged = RolloutJudge.Judge(Measured(1, new() { Tasks = 4, Failed = 2 }, new() { Tasks = 16, Failed = 8 }), Now);

        Assert.Equal(RolloutState.UnderWay, judged.State);
    }

    [Theory]
    [InlineData(null, 0.9, "those that have the change")]
    [InlineData(0.9, null, "the others")]
    public void What_was_not_measured_is_not_given_to_all(double? first, double? others, string unmeasured)
    {
        Rollout judged = RolloutJudge.Judge(Measured(3, new() { Tasks = 2, LossRatio = first }, new() { Tasks = 2, LossRatio = others }), Now);

        Assert.Equal(RolloutState.Withdrawn, judged.State);
        Assert.Equal($"over 3 rounds no agent of {unmeasured} told its held-out loss: there is nothing to judge by", judged.Reason);
    }

    private static Rollout Measured(int rounds, RolloutGroup first, RolloutGroup others) => new()
    {
        Number = 1,
        Set = ["training.steps=5"],
        Agents = ["a"],
        FromRound = 2,
        Rounds = 3,
        Margin = 0.05,
        State = RolloutState.UnderWay,
        BeganAt = DateTimeOffset.UnixEpoch,
        By = "olga",
        Measured = rounds,
        First = first,
        Others = others,
    };
}
