using EdgeFlora.Learning.Tokenizers.Patterns;
using EdgeFlora.Learning.Tokenizers.PreTokenization;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>A <c>pattern</c> of <c>tokenizer.json</c>: <c>{"String": …}</c> or <c>{"Regex": …}</c>, the latter in Oniguruma's syntax.</summary>
internal static class PatternJson
{
    /// <exception cref="InvalidDataException">The pattern is none, or is not supported; the message names the setting.</exception>
    public static Delimiters Read(JsonComponent pattern)
    {
        if (pattern.TextOrNull("String") is { Length: > 0 } text)
        {
            return Literally(text);
        }

        if ((pattern.TextOrNull("Regex") ?? pattern.TextOrNull("String")) is not { } expression)
        {
            throw pattern.Wrong("{\"String\": …} or {\"Regex\": …}");
        }

        try
        {
            return TextPattern.Parse(expression).Matches;
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{pattern.Path}.Regex: {e.Message}", e);
        }
    }

    /// <summary>Every place of a text that is not empty.</summary>
    public static Delimiters Literally(string sought) => text => Places(text, sought);

    private static IEnumerable<(int Start, int Length)> Places(string text, string sought)
    {
        for (int at = text.IndexOf(sought, StringComparison.Ordinal); at >= 0; at = text.IndexOf(
            sought, at + sought.Length, StringComparison.Ordinal))
        {
            yield return (at, sought.Length);
        }
    }
}
