namespace EdgeFlora.Learning.Tokenizers;

/// <summary>What a BERT tokenizer does to text before it looks words up.</summary>
/// <param name="Lowercase">Whether letters are lower-cased (uncased models).</param>
/// <param name="StripAccents">Whether characters lose their accents: "café" is "cafe".</param>
/// <param name="SplitIdeographs">Whether each Chinese character is a word of its own.</param>
/// <param name="CleansText">Whether invisible characters go and white space becomes plain spaces.</param>
public sealed record BertNormalization(bool Lowercase, bool StripAccents, bool SplitIdeographs, bool CleansText = true)
{
    /// <summary>That of <c>bert-base-uncased</c>.</summary>
    public static BertNormalization Uncased { get; } = new(true, true, true);

    /// <summary>That of <c>bert-base-cased</c>.</summary>
    public static BertNormalization Cased { get; } = new(false, false, true);
}
