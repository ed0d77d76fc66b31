using EdgeFlora.Learning.Tokenizers.Characters;

namespace EdgeFlora.Learning.Tokenizers.Patterns;

/// <summary>What Oniguruma's escapes stand for, the backslash read.</summary>
internal static class PatternEscapes
{
    /// <summary>
    /// What Oniguruma's <c>\w</c> and <c>\b</c> hold word characters outside of brackets, besides those of the property: its table of Latin-1 has
    /// ²³¹¼½¾ so.
    /// </summary>
    private static readonly CodePointSet LatinNumbers = CodePointSet.Of([(0xB2, 0xB3), (0xB9, 0xB9), (0xBC, 0xBE)]);

    /// <summary>Word characters as they are outside of brackets.</summary>
    public static CodePointSet Word(PatternOptions options) =>
        options.AsciiWord || options.AsciiPosix ? Named("word", options)! : Named("word", options)!.Union(LatinNumbers);

    /// <summary>
    /// The set of <c>\w</c>, <c>\s</c>, <c>\d</c>, <c>\h</c>, <c>\p{…}</c> and their opposites; null, and nothing read, for another escape.
    /// </summary>
    /// <param name="bracketed">Whether it stands in a class.</param>
    /// <exception cref="InvalidDataException">The property is unknown.</exception>
    public static CodePointSet? Set(PatternReader reader, PatternOptions options, bool bracketed)
    {
        int letter = reader.Next;
        CodePointSet? set = (letter | 0x20) switch
        {
            'w' => bracketed ? Named("word", options) : Word(options),
            's' => Named("space", options),
            'd' => Named("digit", options),
            'h' => CharacterProperties.HexDigits,
            _ => null,
        };
        if (set is not null)
        {
            reader.Read();
            return letter < 'a' ? set.Complement() : set;
        }

        // Without a brace it is an ordinary letter.
        return letter is 'p' or 'P' && reader.Ahead(1) == '{' ? Property(reader, options, bracketed) : null;
    }

    /// <summary>The set of a property or POSIX class; null if there is none of that name.</summary>
    public static CodePointSet? Named(string name, PatternOptions options)
    {
        bool ascii = name.ToLowerInvariant() switch
        {
            "word" => options.AsciiWord || options.AsciiPosix,
            "digit" => options.AsciiDigit || options.AsciiPosix,
            "space" => options.AsciiSpace || options.AsciiPosix,
            "alnum" or "alpha" or "blank" or "cntrl" or "graph" or "lower" or "print" or "punct" or "posixpunct" or "upper" or "xdigit" =>
                options.AsciiPosix,
            _ => false,
        };
        CodePointSet? set = CharacterProperties.Find(name);
        return ascii ? set?.Intersect(CodePointSet.Range(0, 0x7F)) : set;
    }

    /// <summary>The character of any other escape.</summary>
    public static int Character(PatternReader reader)
    {
        int letter = reader.Read();
        switch (letter)
        {
            case 't':
                return '\t';
            case 'n':
                return '\n';
            case 'v':
                return '\v';
            case 'f':
                return '\f';
            case 'r':
                return '\r';
            case 'a':
                return '\a';
            case 'e':
                return '\e';
            case 'c':
                return Control(reader);
            case 'C' when reader.TryRead("-"):
                return Control(reader);
            case 'M' or 'C':
                throw reader.Wrong($"the escape \\{(char)letter} is not supported");
            case 'u':
                int at = reader.Position;
                int? code = reader.Number(4, 16);
                return reader.Position == at + 4 ? code!.Value : throw reader.Wrong("\\u has no four hexadecimal digits");
            case 'x' or 'o' when reader.Next == '{':
                return Braced(reader, letter == 'x' ? 16 : 8);
            case 'x' when reader.Next == PatternReader.End:
                return letter;
            case 'x' or (>= '0' and <= '7'):
                reader.Position--;
                return Bytes(reader);
            default:
                return letter;
        }
    }

    private static CodePointSet Property(PatternReader reader, PatternOptions options, bool bracketed)
    {
        bool negated = reader.Read() == 'P';
        reader.Read();
        negated ^= reader.TryRead("^");
        string name = reader.ReadUntil('}') ?? throw reader.Wrong("\\p{ has no }");
        CodePointSet? found = name.Equals("word", StringComparison.OrdinalIgnoreCase) && !bracketed ? Word(options) : Named(name, options);
        return found is { } set
            ? negated ? set.Complement() : set
            : throw reader.Wrong(
                $"\\p{{{name}}} is no property that is known; known are general categories, scripts, POSIX classes and emoji properties");
    }

    private static int Control(PatternReader reader)
    {
        int letter = reader.Read();
        return letter == '?' ? 0x7F : letter == '\\' ? Character(reader) & 0x9F : letter & 0x9F;
    }

    private static int Braced(PatternReader reader, int numberBase)
    {
        reader.Read();
        int? code = reader.Number(11, numberBase);
        return code is { } value && value <= CodePointSet.Last && reader.TryRead("}")
            ? value
            : throw reader.Wrong("a code point in braces is no number up to 10FFFF, or more than one");
    }

    /// <summary>The character whose UTF-8 bytes are written one by one.</summary>
    private static int Bytes(PatternReader reader)
    {
        int first = Byte(reader);
        int following = first switch { < 0x80 => 0, >= 0xC2 and <= 0xDF => 1, >= 0xE0 and <= 0xEF => 2, >= 0xF0 and <= 0xF4 => 3, _ => -1 };
        if (following < 0)
        {
            throw reader.Wrong("an escaped byte begins no character in UTF-8");
        }

        int code = following == 0 ? first : first & (0x3F >> following);
        for (int i = 0; i < following; i++)
        {
            bool another = reader.Next == '\\' && (reader.Ahead(1) is 'x' or (>= '0' and <= '7'));
            reader.Position += another ? 1 : 0;
            int next = another ? Byte(reader) : 0;
            code = next is >= 0x80 and <= 0xBF ? (code << 6) | (next & 0x3F) : throw reader.Wrong("escaped bytes are no UTF-8");
        }

        return code;
    }

    private static int Byte(PatternReader reader)
    {
        int value = reader.TryRead("x") ? reader.Number(2, 16) ?? 0 : reader.Number(3, 8) ?? 0;
        return value <= 0xFF ? value : throw reader.Wrong("an octal escape is above 377");
    }
}
