namespace EdgeFlora.Learning.Data;

/// <summary>Which columns of a file hold what.</summary>
public sealed record DataColumns
{
    /// <summary>Column of the text. Default <c>text</c>.</summary>
    public string Text { get; init; } = "text";

    /// <summary>Column of a pair's second text. Default <c>text_pair</c>; read if the first row has it, and then every row must.</summary>
    public string TextPair { get; init; } = "text_pair";

    /// <summary>Column of the label, a string or an integer. Default <c>label</c>.</summary>
    public string Label { get; init; } = "label";

    /// <summary>Column by which examples belong to agents (<see cref="Partition.ByKey"/>); null if there is none.</summary>
    public string? Key { get; init; }

    internal IEnumerable<string> All => new[] { Text, TextPair, Label, Key }.OfType<string>();
}
