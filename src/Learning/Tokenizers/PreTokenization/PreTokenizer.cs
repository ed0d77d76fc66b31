namespace EdgeFlora.Learning.Tokenizers.PreTokenization;

/// <summary>Divides a stretch of normalized text into words, in order and without empty ones; white space may be left out.</summary>
/// <param name="stretch">Valid UTF-16.</param>
/// <param name="atStart">Whether the stretch begins the whole text.</param>
internal delegate IEnumerable<string> PreTokenizer(string stretch, bool atStart);
