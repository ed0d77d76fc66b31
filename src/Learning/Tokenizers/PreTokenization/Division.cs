namespace EdgeFlora.Learning.Tokenizers.PreTokenization;

/// <summary>Divides text at delimiters.</summary>
internal static class Division
{
    /// <param name="text">What to divide.</param>
    /// <param name="delimiters">Delimiters in order, not overlapping; an empty one divides too.</param>
    /// <param name="behavior">What becomes of them.</param>
    /// <param name="inverted">Whether what lies between the delimiters takes their part, and they that of the text.</param>
    public static IEnumerable<string> Split(string text, IEnumerable<(int Start, int Length)> delimiters, SplitBehavior behavior, bool inverted)
    {
        int start = 0; // of the word that is growing
        int end = 0;
        bool last = false;
        foreach ((int length, bool delimiter) in Parts(text.Length, delimiters, inverted))
        {
            bool joins = end > start && behavior switch
            {
                SplitBehavior.MergedWithPrevious => delimiter && !last,
                SplitBehavior.MergedWithNext => last && !delimiter,
                SplitBehavior.Contiguous => delimiter == last,
                _ => false,
            };
            if (!joins)
            {
                if (end > start)
                {
                    yield return text[start..end];
                }

                start = end;
            }

            end += length;
            if (delimiter && behavior == SplitBehavior.Removed)
            {
                start = end;
            }

            last = delimiter;
        }

        if (end > start)
        {
            yield return text[start..end];
        }
    }

    private static IEnumerable<(int Length, bool Delimiter)> Parts(int total, IEnumerable<(int Start, int Length)> delimiters, bool inverted)
    {
        int at = 0;
        foreach ((int start, int length) in delimiters)
        {
            if (start > at)
            {
                yield return (start - at, inverted);
            }

            yield return (length, !inverted);
            at = start + length;
        }

        if (total > at)
        {
            yield return (total - at, inverted);
        }
    }
}
