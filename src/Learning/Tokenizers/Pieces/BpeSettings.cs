namespace EdgeFlora.Learning.Tokenizers.Pieces;

/// <summary>How byte-pair encoding writes pieces and treats what it does not know.</summary>
/// <param name="UnknownId">Stands for a character without a piece; null leaves such characters out.</param>
/// <param name="FusesUnknown">Whether a run of them is one token.</param>
/// <param name="WholeWordsFirst">Whether a word that is in the vocabulary is taken whole, whatever the merges say.</param>
/// <param name="Continuation">What pieces begin with that do not begin a word; may be empty.</param>
/// <param name="WordEnd">What pieces end with that end a word; may be empty.</param>
internal sealed record BpeSettings(int? UnknownId, bool FusesUnknown, bool WholeWordsFirst, string Continuation = "", string WordEnd = "");
