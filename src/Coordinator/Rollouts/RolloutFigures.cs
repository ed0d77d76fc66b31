using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Rollouts;

/// <summary>What a rollout's rounds have shown, made of what is stored: the same whoever looks, and after any restart.</summary>
internal static class RolloutFigures
{
    /// <summary>Rounds of a run that tell how agents of a version do now.</summary>
    public const int LastRounds = 5;

    /// <summary>The rollout with the figures of its rounds that are over, no more of them than it is measured over.</summary>
    public static Rollout Of(Rollout rollout, RunReader reader)
    {
        int[] rounds = [.. Over(reader).Where(round => round >= rollout.FromRound).Take(rollout.Rounds)];
        if (rounds.Length == 0)
        {
            return rollout;
        }

        Figures figures = Read(rounds, reader);
        HashSet<string> first = rollout.Agents.ToHashSet(StringComparer.Ordinal);
        return rollout with
        {
            Measured = rounds.Length,
            First = Group(figures, first.Contains),
            Others = Group(figures, agent => !first.Contains(agent)),
        };
    }

    /// <summary>What came of the tasks in the last rounds of some runs, by a name that each agent has; agents without one do not count.</summary>
    public static IReadOnlyDictionary<string, RolloutGroup> By(IReadOnlyDictionary<string, string> names, IEnumerable<Figures> runs)
    {
        Figures[] figures = [.. runs];
        var all = new Figures(
            [.. figures.SelectMany(run => run.Tasks)], [.. figures.SelectMany(run => run.Results)], [.. figures.SelectMany(run => run.Refused)]);
        return names.Values.Distinct(StringComparer.Ordinal).ToDictionary(
            name => name, name => Group(all, agent => names.GetValueOrDefault(agent) == name), StringComparer.Ordinal);
    }

    /// <summary>Of the last rounds of a run that are over.</summary>
    public static Figures Last(RunReader reader) => Read([.. Over(reader).TakeLast(LastRounds)], reader);

    private static IOrderedEnumerable<int> Over(RunReader reader) => reader.Rounds()
        .Where(round => round.State is RoundState.Committed or RoundState.Skipped).Select(round => round.Round).Order();

    private static Figures Read(int[] rounds, RunReader reader) => new(
        [.. reader.Tasks("Train").Where(task => rounds.Contains(task.Round)).Select(task => task.Task)],
        [.. rounds.SelectMany(reader.Results).Where(result => !result.IsLate)],
        [.. rounds.SelectMany(round => reader.Refusals(round).Select(refusal => refusal.Agent))]);

    private static RolloutGroup Group(Figures figures, Func<string, bool> belongs)
    {
        (IReadOnlyList<AgentTask> tasks, IReadOnlyList<StoredResult> results, IReadOnlyList<string> refused) = figures;
        double[] ratios =
        [
            .. results.Where(result => belongs(result.Agent))
                .Select(result => result.Metrics.LocalLoss / result.Metrics.GlobalLoss).OfType<double>().Where(double.IsFinite).Order(),
        ];
        return new RolloutGroup
        {
            Tasks = tasks.Count(task => belongs(task.Agent)),
            Failed = tasks.Count(task => belongs(task.Agent) && task.State is TaskState.Failed or TaskState.Declined or TaskState.Lost),
            Refused = refused.Count(belongs),
            LossRatio = ratios.Length == 0 ? null : (ratios[(ratios.Length - 1) / 2] + ratios[ratios.Length / 2]) / 2,
        };
    }

    /// <summary>What is stored of some rounds.</summary>
    internal sealed record Figures(IReadOnlyList<AgentTask> Tasks, IReadOnlyList<StoredResult> Results, IReadOnlyList<string> Refused);
}
