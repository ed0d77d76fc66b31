using System.Globalization;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Coordinator.Runs;

/// <summary>Tells from a run's settings which agents can do its tasks as they are meant.</summary>
internal static class ContractNeeds
{
    /// <summary>Settings that ask nothing of training get along with agents of any version.</summary>
    public static ContractNeed Of(CoordinatorOptions options)
    {
        HyperParameters hyper = options.Training.Hyper(options.Task, options.Seed, round: 1, options.Rounds.Count);
        var needs = new (bool Asked, ContractNeed Need)[]
        {
            (hyper.Proximal > 0, new(ContractVersion.Personal, string.Create(CultureInfo.InvariantCulture, $"Training:Proximal {hyper.Proximal}"))),
            (options.Training.PersonalHead, new(ContractVersion.Personal, "Training:PersonalHead")),
            (options.Training.ControlVariates, new(ContractVersion.Personal, "Training:ControlVariates")),
            (options.Training.Alone, new(ContractVersion.Personal, "Training:Alone")),

            // A private round has no divergence to tell, which older agents take for a broken message.
            (options.Privacy is not null, new(ContractVersion.PrivateRuns, "A private run")),
            (options.Task == LearningTask.LanguageModel, new(ContractVersion.LanguageModels, $"Task {LearningTask.LanguageModel}")),
            (options.Aggregation.PerClassHeads, new(ContractVersion.TrainingChoices, "Aggregation:PerClassHeads")),
            (hyper.Sgd is not null, new(ContractVersion.TrainingChoices, "Training:Sgd")),
            (hyper.CosineDecay, new(ContractVersion.TrainingChoices, "Training:Schedule Cosine")),
            (hyper.Accumulate > 1,
                new(ContractVersion.TrainingChoices, string.Create(CultureInfo.InvariantCulture, $"Training:Accumulate {hyper.Accumulate}"))),
            (options.Aggregation.StrategyNames().Any(StrategyRegistry.AsksOfTraining),
                new(ContractVersion.FactorRules, $"Strategy {string.Join(", ", options.Aggregation.StrategyNames())}")),
        };
        return needs.Where(need => need.Asked).Select(need => need.Need).FirstOrDefault(new ContractNeed(ContractVersion.Oldest, "Every run"));
    }
}
