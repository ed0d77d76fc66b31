using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Coordinator.Options;

/// <summary>What control variates go together with: a value of a variate must mean the same from round to round, and to all agents.</summary>
internal static class ControlVariateRules
{
    /// <summary>What does not go together with them, one line each.</summary>
    public static IEnumerable<string> Problems(CoordinatorOptions options)
    {
        const string Asked = "Training:ControlVariates is true";
        if (!options.Training.ControlVariates)
        {
            yield break;
        }

        if (options.Privacy is not null)
        {
            yield return $"{Asked} in a private run; each agent's variate would be made of noise, which many times exceeds what it tells: it must be "
                + "false.";
        }

        if (options.Training.PersonalHead)
        {
            yield return $"{Asked} and Training:PersonalHead is true; a head that stays with each agent has no common direction: one of them must be "
                + "false.";
        }

        if (options.Lora.Ranks is not null)
        {
            yield return $"{Asked} and Lora:Ranks gives agents different ranks; what they train has no values in common: Lora:Ranks must be absent.";
            yield break;
        }

        if (options.Rounds.LateResults == LateResults.NextRound)
        {
            yield return $"{Asked} and Rounds:LateResults is NextRound; a late result was trained against the variates of an earlier round: "
                + "Rounds:LateResults must be Drop.";
        }

        if (options.Aggregation.ServerStep is not (ServerStep.Fixed or ServerStep.FedExp))
        {
            yield return $"{Asked} and Aggregation:ServerStep is {options.Aggregation.ServerStep.ToString().ToLowerInvariant()}, which reads each "
                + "round's result back into other factors, in which variates mean nothing: it must be fixed or fedexp.";
        }

        foreach (string problem in StrategyProblems(options.Aggregation, Asked))
        {
            yield return problem;
        }
    }

    private static IEnumerable<string> StrategyProblems(AggregationOptions aggregation, string asked)
    {
        foreach (string strategy in aggregation.StrategyNames())
        {
            if (!StrategyRegistry.NamesThatKeepBasis.Contains(strategy, StringComparer.OrdinalIgnoreCase))
            {
                yield return $"{asked} and Aggregation:Strategy \"{strategy}\" publishes factors in another basis than its agents', in which "
                    + $"variates mean nothing; it must be one of {string.Join(", ", StrategyRegistry.NamesThatKeepBasis)}.";
            }
            else if (StrategyRegistry.KeepsBasisIfAnchored(strategy) && aggregation.Gauge != Gauge.Anchored)
            {
                yield return $"{asked} and Aggregation:Gauge is {aggregation.Gauge.ToString().ToLowerInvariant()}, which splits each round's "
                    + $"products anew, so that variates mean nothing in the next; with {strategy} it must be anchored.";
            }
        }
    }
}
