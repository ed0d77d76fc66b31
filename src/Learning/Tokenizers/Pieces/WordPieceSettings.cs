namespace EdgeFlora.Learning.Tokenizers.Pieces;

/// <summary>How WordPiece writes pieces and bounds words.</summary>
/// <param name="UnknownId">Stands for a word without pieces.</param>
/// <param name="Continuation">What pieces within a word begin with: <c>##</c>.</param>
/// <param name="MaxWordLength">Longer words are unknown; in characters.</param>
internal sealed record WordPieceSettings(int UnknownId, string Continuation, int MaxWordLength);
