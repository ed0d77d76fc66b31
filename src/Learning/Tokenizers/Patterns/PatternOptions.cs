namespace EdgeFlora.Learning.Tokenizers.Patterns;

/// <summary>What a pattern's options change; they hold from where they stand to the end of their group.</summary>
/// <param name="IgnoreCase"><c>i</c>.</param>
/// <param name="DotMatchesAll"><c>m</c>: the dot matches line feeds too.</param>
/// <param name="Extended"><c>x</c>: white space and comments in the pattern are passed over.</param>
/// <param name="AsciiWord"><c>W</c>: word characters are ASCII's.</param>
/// <param name="AsciiDigit"><c>D</c>: digits are ASCII's.</param>
/// <param name="AsciiSpace"><c>S</c>: white space is ASCII's.</param>
/// <param name="AsciiPosix"><c>P</c>: all of these, and POSIX classes.</param>
internal sealed record PatternOptions(bool IgnoreCase, bool DotMatchesAll, bool Extended, bool AsciiWord, bool AsciiDigit, bool AsciiSpace, bool AsciiPosix)
{
    public static PatternOptions None { get; } = new(false, false, false, false, false, false, false);

    /// <summary>Reads letters up to a colon or a bracket; null if one is no option.</summary>
    /// <param name="options">Those that hold so far.</param>
    public static PatternOptions? Read(PatternReader reader, PatternOptions options)
    {
        PatternOptions? changed = options;
        bool on = true;
        while (changed is not null && reader.Next is not (':' or ')'))
        {
            int letter = reader.Read();
            if (letter == '-')
            {
                on = false;
            }
            else
            {
                changed = changed.With(letter, on);
            }
        }

        return changed;
    }

    /// <summary>These with one switched; null for a letter that is no option.</summary>
    public PatternOptions? With(int letter, bool on) => letter switch
    {
        'i' => this with { IgnoreCase = on },
        'm' => this with { DotMatchesAll = on },
        'x' => this with { Extended = on },
        'W' => this with { AsciiWord = on },
        'D' => this with { AsciiDigit = on },
        'S' => this with { AsciiSpace = on },
        'P' => this with { AsciiPosix = on },
        _ => null,
    };
}
