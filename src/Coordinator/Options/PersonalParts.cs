using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Coordinator.Options;

/// <summary>What each agent keeps to itself in a run: factors, the head, or nothing.</summary>
internal static class PersonalParts
{
    /// <summary>Whether agents keep anything: then what is published is no whole adapter.</summary>
    public static bool AreIn(CoordinatorOptions options) => options.Training.PersonalHead || Keeping(options).Any();

    /// <summary>What is kept, for people: <c>each agent keeps its own B (FedSaLora) and its own head</c>.</summary>
    public static string Told(CoordinatorOptions options)
    {
        string[] strategies = [.. Keeping(options)];
        string[] parts =
        [
            .. strategies.Length > 0 ? [$"its own B ({string.Join(", ", strategies)})"] : Array.Empty<string>(),
            .. options.Training.PersonalHead ? ["its own head"] : Array.Empty<string>(),
        ];
        return $"each agent keeps {string.Join(" and ", parts)}";
    }

    /// <summary>What does not go together with it, one line each.</summary>
    public static IEnumerable<string> Problems(CoordinatorOptions options)
    {
        if (options.Training.PersonalHead)
        {
            if (options.Task == LearningTask.LanguageModel)
            {
                yield return "Training:PersonalHead is true; a language model has no head of its own: it must be false.";
            }

            if (options.Aggregation.PerClassHeads)
            {
                yield return "Aggregation:PerClassHeads is true and Training:PersonalHead is true; heads that stay with the agents are not averaged: "
                    + "Aggregation:PerClassHeads must be false.";
            }

            if (options.Lora.Ranks is not null)
            {
                yield return "Training:PersonalHead is true and Lora:Ranks gives agents different ranks; an agent's own adapter keeps its shape from "
                    + "round to round: Lora:Ranks must be absent.";
            }
        }

        if (options.Rounds.Evaluators > 0 && AreIn(options))
        {
            yield return OptionRange.Text($"Rounds:Evaluators is {options.Rounds.Evaluators}, and {Told(options)}; ")
                + "there is no whole adapter for an evaluator to measure: it must be 0. Agents measure what is shared with what they keep.";
        }
    }

    private static IEnumerable<string> Keeping(CoordinatorOptions options) =>
        options.Aggregation.StrategyNames().Where(strategy => StrategyRegistry.NeedsOf(strategy, 1).KeepB);
}
