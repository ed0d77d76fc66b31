using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Coordinator.Options;

/// <summary>What training alone beside a run goes together with: an adapter that can be held against the published one at the end.</summary>
internal static class AloneRules
{
    /// <summary>What does not go together with it, one line each.</summary>
    public static IEnumerable<string> Problems(CoordinatorOptions options)
    {
        if (!options.Training.Alone)
        {
            yield break;
        }

        if (!options.MeasuresAtEnd)
        {
            yield return "Training:Alone is true, and no agent measures what is published at the end of this run; it could not be held against what "
                + "was trained alone: Training:Alone must be false.";
        }

        if (PersonalParts.AreIn(options))
        {
            yield return $"Training:Alone is true, and {PersonalParts.Told(options)}; an agent exports an adapter of its own anyway: Training:Alone "
                + "must be false.";
        }

        foreach (string strategy in options.Aggregation.StrategyNames()
            .Where(name => StrategyRegistry.Names.Contains(name, StringComparer.OrdinalIgnoreCase))
            .Where(name => StrategyRegistry.NeedsOf(name, 1).FoldsIntoBase))
        {
            yield return $"Training:Alone is true and Aggregation:Strategy is \"{strategy}\", which changes the base weights from round to round; an "
                + "adapter trained alone would go with none of them: Training:Alone must be false.";
        }
    }
}
