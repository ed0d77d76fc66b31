using EdgeFlora.Contracts.Results;
using EdgeFlora.Coordinator.Runs;

namespace EdgeFlora.Coordinator.Intake;

/// <summary>Checks an agent's examples by class: they are its weights for the rows of the head.</summary>
internal static class ClassCountCheck
{
    /// <summary>What is wrong, in a sentence; null if nothing is, or if the run does not ask for them.</summary>
    public static string? Wrong(ResultReady result, RunFacts facts)
    {
        if (!facts.Options.Aggregation.PerClassHeads)
        {
            return null;
        }

        if (result.ClassCounts is not { } counts)
        {
            return "The result does not say how many examples each class has, and the offer asked for it.";
        }

        if (counts.Count != facts.Options.Labels.Count || counts.Any(count => count < 0))
        {
            return $"The result counts examples of {counts.Count} classes; it needs {facts.Options.Labels.Count} counts, none below 0.";
        }

        long sum = counts.Sum(count => (long)count);
        return sum == result.Examples ? null : $"The result counts {sum} examples by class and {result.Examples} in all.";
    }
}
