namespace EdgeFlora.Learning.Tokenizers.Pieces;

/// <summary>How byte-pair encoding treats what it does not know.</summary>
/// <param name="UnknownId">Stands for a character without a piece; null leaves such characters out.</param>
/// <param name="FusesUnknown">Whether a run of them is one token.</param>
/// <param name="WholeWordsFirst">Whether a word that is in the vocabulary is taken whole, whatever the merges say.</param>
internal sealed record BpeSettings(int? UnknownId, bool FusesUnknown, bool WholeWordsFirst);
