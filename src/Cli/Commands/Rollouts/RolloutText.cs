using System.Globalization;
using EdgeFlora.Cli.Client;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Rollouts;

/// <summary>Rollouts for people.</summary>
internal static class RolloutText
{
    public static IEnumerable<string> Lines(IReadOnlyList<Rollout> rollouts) => rollouts.Count == 0
        ? ["no rollouts; begin one: edgeflora rollouts create ID --set training.learningRate=0.001"]
        : rollouts.SelectMany(Lines);

    private static IEnumerable<string> Lines(Rollout rollout)
    {
        yield return Text($"{rollout.Number}  {string.Join(", ", rollout.Set)}: {State(rollout)}");
        yield return Text($"   first {Agents(rollout)}, from round {rollout.FromRound} on; measured {rollout.Measured} of {rollout.Rounds} rounds");
        foreach (string line in TextTable.Lines(
            ["   WITH IT", "TASKS", "FAILED", "REFUSED", "LOSS AFTER / BEFORE"], [Row("   first", rollout.First), Row("   others", rollout.Others)]))
        {
            yield return line;
        }
    }

    private static string State(Rollout rollout) => rollout.State switch
    {
        RolloutState.UnderWay => Text($"under way, since {TextTable.Time(rollout.BeganAt)} by {rollout.By}"),
        RolloutState.Withdrawn => $"withdrawn: {rollout.Reason}",
        _ => $"finished, all agents have it: {rollout.Reason}",
    };

    private static string Agents(Rollout rollout) =>
        string.Join(", ", rollout.Agents.Take(10)) + (rollout.Agents.Count > 10 ? Text($" and {rollout.Agents.Count - 10} more") : "");

    private static string?[] Row(string name, RolloutGroup group) =>
    [
        name, Text($"{group.Tasks}"), Text($"{group.Failed}"), Text($"{group.Refused}"),
        group.LossRatio is { } ratio ? Text($"{ratio:0.000}") : null,
    ];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
