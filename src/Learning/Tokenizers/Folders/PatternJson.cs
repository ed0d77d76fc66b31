using EdgeFlora.Learning.Tokenizers.PreTokenization;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>A <c>pattern</c> of <c>tokenizer.json</c>: <c>{"String": …}</c> or <c>{"Regex": …}</c>.</summary>
internal static class PatternJson
{
    public static TextPattern Read(JsonComponent pattern) => pattern.TextOrNull("String") is { Length: > 0 } text
        ? new TextPattern(System.Text.RegularExpressions.Regex.Escape(text))
        : Regex(pattern);

    public static TextPattern Regex(JsonComponent pattern)
    {
        if (pattern.TextOrNull("Regex") is not { Length: > 0 } expression)
        {
            throw pattern.Wrong("{\"String\": …} or {\"Regex\": …}, not empty");
        }

        try
        {
            return new TextPattern(expression);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{pattern.Path}.Regex: {e.Message}", e);
        }
    }
}
