using System.Text;

namespace EdgeFlora.Learning.Tokenizers.PreTokenization;

/// <summary>BERT's words: text divided at white space, and around every punctuation mark (arXiv 1810.04805 and its published code).</summary>
internal static class BertWords
{
    /// <summary>The words of <paramref name="text"/> in order, each non-empty; punctuation marks are words of one character.</summary>
    public static IEnumerable<string> Split(string text)
    {
        int start = 0;
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool mark = IsPunctuation(rune);
            if (mark || Rune.IsWhiteSpace(rune))
            {
                if (at > start)
                {
                    yield return text[start..at];
                }

                start = at + rune.Utf16SequenceLength;
                if (mark)
                {
                    yield return text[at..start];
                }
            }

            at += rune.Utf16SequenceLength;
        }

        if (at > start)
        {
            yield return text[start..at];
        }
    }

    /// <summary>Unicode's punctuation, and all of ASCII's marks though Unicode calls some of them symbols.</summary>
    public static bool IsPunctuation(Rune rune) =>
        rune.Value is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~')
        || Rune.IsPunctuation(rune);
}
