namespace EdgeFlora.Learning.Tokenizers.PreTokenization;

/// <summary>Words of a fixed number of characters; the last may have fewer.</summary>
internal static class FixedWords
{
    public static IEnumerable<string> Split(string text, int length)
    {
        int start = 0;
        int characters = 0;
        for (int at = 0; at < text.Length; at += char.IsHighSurrogate(text[at]) ? 2 : 1)
        {
            if (characters == length)
            {
                yield return text[start..at];
                start = at;
                characters = 0;
            }

            characters++;
        }

        if (start < text.Length)
        {
            yield return text[start..];
        }
    }
}
