namespace EdgeFlora.Learning.Tokenizers.PreTokenization;

/// <summary>Finds where a text is to be divided: places in order that do not overlap and may be empty.</summary>
/// <param name="text">Valid UTF-16.</param>
internal delegate IEnumerable<(int Start, int Length)> Delimiters(string text);
