using EdgeFlora.Learning.Tokenizers.Added;
using EdgeFlora.Learning.Tokenizers.Decoding;
using EdgeFlora.Learning.Tokenizers.Normalization;
using EdgeFlora.Learning.Tokenizers.Pieces;
using EdgeFlora.Learning.Tokenizers.PostProcessing;
using EdgeFlora.Learning.Tokenizers.PreTokenization;

namespace EdgeFlora.Learning.Tokenizers;

/// <summary>What a <see cref="PipelineTokenizer"/> is put together from.</summary>
internal sealed record TokenizerParts
{
    public required Vocabulary Vocabulary { get; init; }

    /// <summary>Tokens that are found in text before anything else, special ones among them.</summary>
    public IReadOnlyList<AddedToken> Added { get; init; } = [];

    public Normalizer Normalize { get; init; } = text => text;

    public required PreTokenizer Divide { get; init; }

    public required IPieceModel Model { get; init; }

    /// <summary>Ids that text does not reach where special tokens written in it are ordinary text.</summary>
    public required IReadOnlySet<int> Hidden { get; init; }

    public required Template Template { get; init; }

    public required TokenDecoder Decode { get; init; }

    public required SpecialTokens Special { get; init; }

    /// <summary>Whether text that is too long loses its beginning.</summary>
    public bool DropsStart { get; init; }
}
