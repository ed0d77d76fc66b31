namespace EdgeFlora.Contracts.Tasks;

/// <summary>What is learnt from the agents' data; the same for all of a run.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<LearningTask>))]
public enum LearningTask
{
    /// <summary>Labels for texts or pairs of texts, with a head that is trained along.</summary>
    Classification,

    /// <summary>Writing texts, or completions of prompts: every token from those before it. No head, no labels.</summary>
    LanguageModel,
}
