namespace EdgeFlora.EdgeAgent.Engines;

/// <summary>One example as tokens, for a trainer that is not EdgeFlora's.</summary>
/// <param name="Tokens">Ids, with the special tokens that the model expects.</param>
public sealed record TokenRow(IReadOnlyList<int> Tokens)
{
    /// <summary>Classification: the class, an index into the task's labels.</summary>
    public int? Label { get; init; }

    /// <summary>Classification: where token type 1 begins; the number of tokens if all are of type 0.</summary>
    public int? SecondSegment { get; init; }

    /// <summary>Language model: the first token that is predicted.</summary>
    public int? FirstTarget { get; init; }

    /// <summary>Language model: UTF-8 bytes of the predicted text.</summary>
    public double? Bytes { get; init; }
}
