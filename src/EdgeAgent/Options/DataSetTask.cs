using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.EdgeAgent.Options;

/// <summary>What may be learnt from a data set.</summary>
internal enum DataSetTask
{
    /// <summary>Labels for texts, or for pairs of texts if the rows are pairs.</summary>
    Classification,

    /// <summary>Labels for pairs of texts; every row must be a pair.</summary>
    Pairs,

    /// <summary>Writing texts, or completions of prompts.</summary>
    LanguageModel,
}

/// <summary>The words of configuration files and of the wire.</summary>
internal static class DataSetTasks
{
    /// <summary>As a configuration file names them, in the order of <see cref="DataSetTask"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = ["classification", "pairs", "lm"];

    public static string Name(this DataSetTask task) => Names[(int)task];

    /// <summary>What a run calls it.</summary>
    public static LearningTask Learning(this DataSetTask task) =>
        task == DataSetTask.LanguageModel ? LearningTask.LanguageModel : LearningTask.Classification;
}
