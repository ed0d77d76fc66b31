using System.Text.RegularExpressions;

namespace EdgeFlora.Learning.Corpus;

/// <summary>Cuts a paragraph into sentences.</summary>
internal static partial class SentenceSplitter
{
    /// <summary>The sentences in order, white space collapsed, runs of <c>_</c> drawn together.</summary>
    public static IEnumerable<string> Split(string paragraph)
    {
        string text = Names().Replace(Space().Replace(paragraph, " "), "_");
        foreach (string sentence in Boundary().Split(text))
        {
            if (sentence.Trim() is { Length: > 0 } trimmed)
            {
                yield return trimmed;
            }
        }
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    /// <summary>Names joined by dots, commas or blanks.</summary>
    [GeneratedRegex(@"_(?:[.,]? ?_)+")]
    private static partial Regex Names();

    /// <summary>A full stop, exclamation or question mark before a new beginning; not after an abbreviation or a single capital.</summary>
    [GeneratedRegex(@"(?<=[.!?][)""']?)(?<!\b(?:e\.g|i\.e|etc|vs|cf|approx|No|[A-Z])\.) (?=[A-Z_""'(])")]
    private static partial Regex Boundary();
}
