namespace EdgeFlora.Learning.Models.Bert;

/// <summary>What a family calls the parts of a <see cref="BertLayer"/>.</summary>
public sealed record BertLayerNames
{
    public required string Query { get; init; }

    public required string Key { get; init; }

    public required string Value { get; init; }

    public required string AttentionOutput { get; init; }

    public required string AttentionNorm { get; init; }

    public required string Intermediate { get; init; }

    public required string Output { get; init; }

    public required string OutputNorm { get; init; }

    /// <summary>BERT's and RoBERTa's names.</summary>
    /// <param name="layer">E.g. <c>bert.encoder.layer.0</c>.</param>
    public static BertLayerNames Of(string layer) => new()
    {
        Query = $"{layer}.attention.self.query",
        Key = $"{layer}.attention.self.key",
        Value = $"{layer}.attention.self.value",
        AttentionOutput = $"{layer}.attention.output.dense",
        AttentionNorm = $"{layer}.attention.output.LayerNorm",
        Intermediate = $"{layer}.intermediate.dense",
        Output = $"{layer}.output.dense",
        OutputNorm = $"{layer}.output.LayerNorm",
    };
}
