using System.Globalization;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Rollouts;

/// <summary>Decides what becomes of a rollout, from what its rounds that are over have shown. Pure.</summary>
/// <remarks>
/// Agents have different data, so that their losses do not compare; how much a round's training changed each agent's own loss does. The median bears
/// agents that state any number. Failures and refusals count from the second on: one agent may always have bad luck.
/// </remarks>
internal static class RolloutJudge
{
    private const int LeastTrouble = 2;

    /// <summary>The rollout as it stands now: under way, withdrawn or finished.</summary>
    /// <param name="rollout">With its figures.</param>
    public static Rollout Judge(Rollout rollout, DateTimeOffset now) => Worse(rollout) is { } worse ? End(rollout, RolloutState.Withdrawn, worse, now)
        : rollout.Measured < rollout.Rounds ? rollout
        : rollout is { First.LossRatio: { } first, Others.LossRatio: { } others }
            ? End(rollout, RolloutState.Finished, Text($"over {Rounds(rollout)} it was no worse: {Losses(first, others)}, {Trouble(rollout)}"), now)
            : End(
                rollout,
                RolloutState.Withdrawn,
                Text($"over {Rounds(rollout)} no agent of {Unmeasured(rollout)} told its held-out loss: there is nothing to judge by"),
                now);

    private static string? Worse(Rollout rollout)
    {
        int trouble = rollout.First.Failed + rollout.First.Refused;
        if (trouble >= LeastTrouble && Share(rollout.First) > Share(rollout.Others) + rollout.Margin)
        {
            return Text($"more came to nothing, by over {rollout.Margin:0.###} of all: {Trouble(rollout)}");
        }

        return rollout is { First.LossRatio: { } first, Others.LossRatio: { } others } && first > others + rollout.Margin
            ? Text($"it trains worse, by over {rollout.Margin:0.###}: {Losses(first, others)}")
            : null;
    }

    private static double Share(RolloutGroup group) => group.Tasks == 0 ? 0 : (double)(group.Failed + group.Refused) / group.Tasks;

    private static string Losses(double first, double others) =>
        Text($"a round's training took the held-out loss to {first:0.000} of what it was with the change, to {others:0.000} without");

    private static string Trouble(Rollout rollout) => Text(
        $"{rollout.First.Failed + rollout.First.Refused} of {rollout.First.Tasks} tasks failed or were refused with the change, ")
        + Text($"{rollout.Others.Failed + rollout.Others.Refused} of {rollout.Others.Tasks} without");

    private static string Unmeasured(Rollout rollout) => rollout.First.LossRatio is null ? "those that have the change" : "the others";

    private static string Rounds(Rollout rollout) => Text($"{rollout.Measured} {(rollout.Measured == 1 ? "round" : "rounds")}");

    private static Rollout End(Rollout rollout, RolloutState state, string reason, DateTimeOffset now) =>
        rollout with { State = state, Reason = reason, EndedAt = now };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
