using System.Globalization;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Coordinator.Options;

/// <summary>Which settings go with which task.</summary>
internal static class LearningTaskRules
{
    /// <summary>What does not go together, one line each.</summary>
    public static IEnumerable<string> Problems(CoordinatorOptions options) => options.Task switch
    {
        LearningTask.Classification => LabelProblems(options.Labels),
        LearningTask.LanguageModel => LanguageProblems(options),
        _ => [$"Task is {options.Task}; it is one of {string.Join(", ", Enum.GetNames<LearningTask>())}."],
    };

    private static IEnumerable<string> LabelProblems(IReadOnlyList<string> labels)
    {
        if (labels.Count < 2)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"Labels has {labels.Count} names; a classifier needs at least 2.");
        }

        if (labels.GroupBy(label => label, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            yield return $"Labels names '{twice.Key}' twice; every class has one name.";
        }

        if (labels.Any(string.IsNullOrWhiteSpace))
        {
            yield return "Labels has an empty name; every class has a name.";
        }
    }

    private static IEnumerable<string> LanguageProblems(CoordinatorOptions options)
    {
        if (options.Labels.Count > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Labels has {options.Labels.Count} names; a language model has no classes: leave them out, or set Task to "
                + $"{LearningTask.Classification}.");
        }

        if (options.Aggregation.PerClassHeads)
        {
            yield return "Aggregation:PerClassHeads is true; a language model has no head with a row for each class: it must be false.";
        }

        if (options.Training.LogitAdjustment is { } adjustment and not 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Training:LogitAdjustment is {adjustment}; it corrects for uneven labels, of which a language model has none: it must be 0.");
        }
    }
}
