namespace EdgeFlora.Learning.Tokenizers.Added;

/// <summary>An added token that was found in a text, or the text between two.</summary>
/// <param name="Text">The text between; empty for a token.</param>
/// <param name="Id">The token's id; null for text.</param>
/// <param name="AtStart">Whether it begins the text.</param>
internal readonly record struct Stretch(string Text, int? Id, bool AtStart);
