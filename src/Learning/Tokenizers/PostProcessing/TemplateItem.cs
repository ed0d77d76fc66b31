namespace EdgeFlora.Learning.Tokenizers.PostProcessing;

/// <summary>A place in a <see cref="Template"/>: one of the texts, or special tokens.</summary>
/// <param name="Text">0 for the first text, 1 for the second; null for special tokens.</param>
/// <param name="Ids">The special tokens; empty for a text.</param>
/// <param name="TokenType">The segment that its ids belong to.</param>
internal sealed record TemplateItem(int? Text, IReadOnlyList<int> Ids, int TokenType)
{
    public static TemplateItem First { get; } = new(0, [], 0);

    public static TemplateItem Second(int tokenType) => new(1, [], tokenType);

    public static TemplateItem Special(int id, int tokenType = 0) => new(null, [id], tokenType);
}
