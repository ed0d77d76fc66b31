using EdgeFlora.Learning.Data;

namespace EdgeFlora.Experiments.Shares;

/// <summary>The texts of one regime and seed, dealt out.</summary>
/// <param name="Agents">In the order of their numbers.</param>
/// <param name="All">What all agents train on, in one place; held out is the central test set.</param>
internal sealed record Split(IReadOnlyList<TextShare> Agents, TextShare All)
{
    public static Split Of(TextPool pool, Experiment experiment, Regime regime, ulong seed)
    {
        (IReadOnlyList<Example> training, IReadOnlyList<Example> test) = pool.Of(seed, experiment.MostTraining, experiment.MostTest);
        TextShare[] agents =
        [
            .. Partition.Dirichlet(training, regime.Agents, regime.Alpha, seed)
                .Select((examples, agent) => AgentData.Split(examples, experiment.HeldOut, seed, agent))
                .Select((data, agent) => TextShare.Of(FormattableString.Invariant($"agent-{agent + 1}"), data.Training, data.HeldOut)),
        ];
        return new Split(agents, TextShare.Of("all", [.. agents.SelectMany(agent => agent.Training)], test));
    }
}
