namespace EdgeFlora.Learning.Data;

/// <summary>Which columns of a file of texts hold what.</summary>
public sealed record LanguageColumns
{
    /// <summary>Column of a text that is learnt as a whole. Default <c>text</c>.</summary>
    public string Text { get; init; } = "text";

    /// <summary>Column of what is given. Default <c>prompt</c>.</summary>
    public string Prompt { get; init; } = "prompt";

    /// <summary>Column of what is learnt after the prompt. Default <c>completion</c>.</summary>
    public string Completion { get; init; } = "completion";
}
