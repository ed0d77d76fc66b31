using System.Text;

namespace EdgeFlora.Learning.Tokenizers.Patterns;

/// <summary>A place in a pattern, character by character.</summary>
internal sealed class PatternReader(string pattern)
{
    public const int End = -1;

    private readonly int[] characters = [.. pattern.EnumerateRunes().Select(rune => rune.Value)];

    public int Position { get; set; }

    /// <summary>The character here; <see cref="End"/> at the end.</summary>
    public int Next => Ahead(0);

    /// <summary>The character so many further on; <see cref="End"/> beyond the end.</summary>
    public int Ahead(int count) => Position + count < characters.Length ? characters[Position + count] : End;

    /// <summary>The character here, which is then behind.</summary>
    /// <exception cref="InvalidDataException">The pattern is at its end.</exception>
    public int Read() => Next == End ? throw Wrong("it ends too soon") : characters[Position++];

    /// <summary>Passes over a text if it stands here.</summary>
    public bool TryRead(string text)
    {
        if (!text.Select((character, i) => Ahead(i) == character).All(same => same))
        {
            return false;
        }

        Position += text.Length;
        return true;
    }

    /// <summary>Passes over comments and, in extended patterns, white space.</summary>
    /// <param name="extended">Whether white space is passed over.</param>
    public void SkipIgnored(bool extended)
    {
        while (true)
        {
            if (TryRead("(?#"))
            {
                for (int character = Read(); character != ')'; character = Read())
                {
                    if (character == '\\')
                    {
                        Read();
                    }
                }
            }
            else if (extended && Next is ' ' or '\t' or '\n' or '\r' or '\f')
            {
                Read();
            }
            else if (extended && TryRead("#"))
            {
                while (Next is not (End or '\n'))
                {
                    Read();
                }
            }
            else
            {
                return;
            }
        }
    }

    /// <summary>The text up to a character, which is passed over; null if it does not follow.</summary>
    public string? ReadUntil(char end)
    {
        int length = Array.IndexOf(characters, end, Position) - Position;
        if (length < 0)
        {
            return null;
        }

        string text = string.Concat(characters.AsSpan(Position, length).ToArray().Select(codePoint => new Rune(codePoint).ToString()));
        Position += length + 1;
        return text;
    }

    /// <summary>A whole number in a base; null if there is no digit here.</summary>
    /// <param name="digits">At most so many digits.</param>
    /// <param name="numberBase">8, 10 or 16.</param>
    public int? Number(int digits, int numberBase)
    {
        int? value = null;
        for (int i = 0; i < digits && Digit(Next) is { } digit && digit < numberBase; i++, Position++)
        {
            long next = ((value ?? 0L) * numberBase) + digit;
            value = next <= int.MaxValue ? (int)next : throw Wrong("a number is too large");
        }

        return value;
    }

    /// <summary>What to throw at a pattern that is wrong here.</summary>
    public InvalidDataException Wrong(string reason) =>
        new($"\"{(pattern.Length > 200 ? pattern[..200] + "…" : pattern)}\" is no pattern that is supported here: {reason} at character {Math.Min(Position + 1, characters.Length)}.");

    private static int? Digit(int character) => character switch
    {
        >= '0' and <= '9' => character - '0',
        >= 'a' and <= 'f' => character - 'a' + 10,
        >= 'A' and <= 'F' => character - 'A' + 10,
        _ => null,
    };
}
