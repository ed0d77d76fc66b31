using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Fleet;
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

    /// <summary>
    /// What came of the tasks in the last rounds of some runs, by the build of the agents. Work that an agent did before it had its present build
    /// counts for none: which build it had then is not known.
    /// </summary>
    /// <param name="runs">By their ids.</param>
    public static IReadOnlyDictionary<string, RolloutGroup> ByBuild(
        IReadOnlyCollection<FleetAgent> agents, IEnumerable<(string Run, Figures Figures)> runs)
    {
        Dictionary<string, FleetAgent> known = agents.ToDictionary(agent => agent.Name, StringComparer.Ordinal);
        Figures[] figures =
        [
            .. runs.Select(run => run.Figures.Where((agent, round) => known.GetValueOrDefault(agent)?.HadBuild(run.Run, round) ?? false)),
        ];
        var all = new Figures(
            [.. figures.SelectMany(run => run.Tasks)], [.. figures.SelectMany(run => run.Results)], [.. figures.SelectMany(run => run.Refused)]);
        return agents.Select(agent => agent.Build).Distinct(StringComparer.Ordinal).ToDictionary(
            build => build, build => Group(all, agent => known[agent].Build == build), StringComparer.Ordinal);
    }

    /// <summary>Of the last rounds of a run that are over.</summary>
    public static Figures Last(RunReader reader) => Read([.. Over(reader).TakeLast(LastRounds)], reader);

    private static IOrderedEnumerable<int> Over(RunReader reader) => reader.Rounds()
        .Where(round => round.State is RoundState.Committed or RoundState.Skipped).Select(round => round.Round).Order();

    private static Figures Read(int[] rounds, RunReader reader) => new(
        [.. reader.Tasks("Train").Where(task => rounds.Contains(task.Round))],
        [.. rounds.SelectMany(reader.Results).Where(result => !result.IsLate)],
        [.. rounds.SelectMany(round => reader.Refusals(round).Select(refusal => (round, refusal.Agent)))]);

    private static RolloutGroup Group(Figures figures, Func<string, bool> belongs)
    {
        AgentTask[] tasks = [.. figures.Tasks.Select(task => task.Task).Where(task => belongs(task.Agent))];
        double[] ratios =
        [
            .. figures.Results.Where(result => belongs(result.Agent))
                .Select(result => result.Metrics.LocalLoss / result.Metrics.GlobalLoss).OfType<double>().Where(double.IsFinite).Order(),
        ];
        return new RolloutGroup
        {
            Tasks = tasks.Length,
            Failed = tasks.Count(task => task.State is TaskState.Failed or TaskState.Declined or TaskState.Lost),
            Refused = figures.Refused.Count(refusal => belongs(refusal.Agent)),
            LossRatio = ratios.Length == 0 ? null : (ratios[(ratios.Length - 1) / 2] + ratios[ratios.Length / 2]) / 2,
        };
    }

    /// <summary>What is stored of some rounds.</summary>
    internal sealed record Figures(
        IReadOnlyList<(int Round, AgentTask Task)> Tasks, IReadOnlyList<StoredResult> Results, IReadOnlyList<(int Round, string Agent)> Refused)
    {
        /// <summary>Those of which an agent and a round are asked for.</summary>
        public Figures Where(Func<string, int, bool> wanted) => new(
            [.. Tasks.Where(task => wanted(task.Task.Agent, task.Round))],
            [.. Results.Where(result => wanted(result.Agent, result.Round))],
            [.. Refused.Where(refusal => wanted(refusal.Agent, refusal.Round))]);
    }
}
