using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Experiments;

/// <summary>One run of an experiment: a method under a regime with a seed.</summary>
public sealed record Cell(Regime Regime, Method Method, ulong Seed)
{
    /// <summary>The settings that a coordinator would lead the same run with.</summary>
    /// <param name="labels">Names of the classes.</param>
    /// <param name="model">Folder of the base model.</param>
    internal static CoordinatorOptions Options(
        Experiment experiment, Regime regime, Method method, ulong seed, IReadOnlyList<string> labels, string model) => new()
        {
            Name = experiment.Name,
            Seed = seed,
            BaseModelFolder = model,
            Labels = labels,
            Rounds = new RoundOptions
            {
                Count = experiment.Rounds,
                MinAgents = regime.Agents,
                AgentsPerRound = regime.Share < 1 ? regime.Asked : 0,
                OverSelection = 1,
            },
            // The scale stays what it is at the experiment's own rank.
            Lora = experiment.Lora with { Rank = regime.Rank, Alpha = experiment.Lora.Alpha * regime.Rank / experiment.Lora.Rank },
            Training = method.Training(experiment.Training) with { Steps = regime.Steps },
            // Runs are merged side by side; the bits are the same.
            Aggregation = method.Options(experiment.Aggregation, seed) with { Threads = 1 },
            Store = new StoreOptions { StateFolder = "experiment" },
        };
}
