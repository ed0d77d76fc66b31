using EdgeFlora.Learning.Tokenizers.Characters;

namespace EdgeFlora.Learning.Tokenizers.Patterns;

/// <summary>
/// Oniguruma's character classes: ranges, POSIX classes, classes in classes (their union) and <c>&amp;&amp;</c> (the intersection).
/// </summary>
internal static class PatternClass
{
    private const int MaxDepth = 100;

    /// <summary>The set of a class whose opening bracket was read, and whether it is negated as a whole.</summary>
    /// <exception cref="InvalidDataException">The class is not closed, or holds what Oniguruma refuses.</exception>
    public static (CodePointSet Inner, bool Negated) Read(PatternReader reader, PatternOptions options, int depth = 0)
    {
        if (depth > MaxDepth)
        {
            throw reader.Wrong($"classes are nested over {MaxDepth} deep");
        }

        bool negated = reader.TryRead("^");
        CodePointSet? intersected = null;
        var parts = new List<CodePointSet>();
        if (reader.Next == ']')
        {
            if (!HasClose(reader))
            {
                throw reader.Wrong("a class is empty");
            }


            reader.Read();
            parts.Add(Member(reader, options, ']')); // []…] holds the bracket
        }

        while (reader.Next != ']')
        {
            if (reader.TryRead("&&"))
            {
                CodePointSet left = Union(parts);
                intersected = intersected?.Intersect(left) ?? left;
                parts.Clear();
                continue;
            }

            parts.Add(Part(reader, options, depth));
        }

        reader.Read();
        CodePointSet all = Union(parts);
        return (intersected?.Intersect(all) ?? all, negated);
    }

    private static CodePointSet Part(PatternReader reader, PatternOptions options, int depth)
    {
        if (Posix(reader, options) is { } posix)
        {
            return NoRange(reader, posix);
        }

        int character = reader.Read();
        if (character == '[')
        {
            (CodePointSet inner, bool negated) = Read(reader, options, depth + 1);
            return negated ? inner.Complement() : inner;
        }

        return character == '\\' && PatternEscapes.Set(reader, options, bracketed: true) is { } set
            ? NoRange(reader, set)
            : Member(reader, options, character == '\\' ? Escaped(reader) : character);
    }

    /// <summary>A character, or the range that it begins.</summary>
    private static CodePointSet Member(PatternReader reader, PatternOptions options, int first)
    {
        if (reader.Next != '-' || reader.Ahead(1) is ']' or '[' || (reader.Ahead(1) == '&' && reader.Ahead(2) == '&'))
        {
            return CodePointSet.Range(first, first);
        }

        reader.Read();
        int last = reader.Read();
        if (last == '\\')
        {
            last = PatternEscapes.Set(reader, options, bracketed: true) is null
                ? Escaped(reader)
                : throw reader.Wrong("a range ends with a set of characters");
        }

        return first <= last ? CodePointSet.Range(first, last) : throw reader.Wrong("a range ends before it begins");
    }

    /// <summary>A set within a class; no range may begin with it.</summary>
    private static CodePointSet NoRange(PatternReader reader, CodePointSet set) =>
        reader.Next != '-' || reader.Ahead(1) == ']' || (reader.Ahead(1) == '&' && reader.Ahead(2) == '&')
            ? set
            : throw reader.Wrong("a range begins with a set of characters; escape the hyphen");

    private static int Escaped(PatternReader reader) => reader.TryRead("b") ? '\b' : PatternEscapes.Character(reader);

    private static CodePointSet? Posix(PatternReader reader, PatternOptions options)
    {
        int start = reader.Position;
        if (!reader.TryRead("[:"))
        {
            return null;
        }

        bool negated = reader.TryRead("^");
        string? name = reader.ReadUntil(':');
        if (name is null || !reader.TryRead("]") || !name.All(char.IsAsciiLetter))
        {
            reader.Position = start;
            return null;
        }

        CodePointSet? set = name is "alnum" or "alpha" or "blank" or "cntrl" or "digit" or "graph" or "lower" or "print" or "space" or "upper"
            or "xdigit" or "ascii" or "word"
            ? PatternEscapes.Named(name, options)
            : name == "punct" ? PatternEscapes.Named("posixpunct", options) : null;
        return set is null ? throw reader.Wrong($"[:{name}:] is no POSIX class") : negated ? set.Complement() : set;
    }

    private static bool HasClose(PatternReader reader)
    {
        bool escaped = false;
        for (int i = 1; reader.Ahead(i) != PatternReader.End; i++)
        {
            if (reader.Ahead(i) == ']' && !escaped)
            {
                return true;
            }

            escaped = reader.Ahead(i) == '\\' && !escaped;
        }

        return false;
    }

    private static CodePointSet Union(List<CodePointSet> parts) => CodePointSet.Of(parts.SelectMany(part => part.Ranges));
}
