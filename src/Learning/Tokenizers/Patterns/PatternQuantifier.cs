namespace EdgeFlora.Learning.Tokenizers.Patterns;

/// <summary>How often something is repeated.</summary>
/// <param name="Most">Null for no limit.</param>
/// <param name="Lazy">Whether few are tried first.</param>
/// <param name="Possessive">Whether what was taken is never given back.</param>
internal sealed record PatternQuantifier(int Least, int? Most, bool Lazy, bool Possessive)
{
    private const int MaxRepeat = 100_000; // Oniguruma's

    /// <summary>The quantifier that comes next; null, and nothing read, if there is none.</summary>
    public static PatternQuantifier? Read(PatternReader reader)
    {
        (int Least, int? Most)? simple = reader.Next switch { '*' => (0, null), '+' => (1, null), '?' => (0, 1), _ => null };
        if (simple is var (least, most))
        {
            reader.Read();
            bool lazy = reader.TryRead("?");
            return new PatternQuantifier(least, most, lazy, !lazy && reader.TryRead("+"));
        }

        return reader.Next == '{' ? Interval(reader) : null;
    }

    /// <summary><c>{n}</c>, <c>{n,}</c>, <c>{,m}</c>, <c>{n,m}</c>; null, and nothing read, if the brace is an ordinary character.</summary>
    public static PatternQuantifier? Interval(PatternReader reader)
    {
        int start = reader.Position;
        reader.Read();
        int? least = reader.Number(10, 10);
        bool comma = reader.TryRead(",");
        int? most = comma ? reader.Number(10, 10) : least;
        if ((least is null && most is null) || !reader.TryRead("}"))
        {
            reader.Position = start;
            return null;
        }

        if (Math.Max(least ?? 0, most ?? 0) > MaxRepeat)
        {
            throw reader.Wrong($"something is repeated over {MaxRepeat} times");
        }

        // {m,n} with m above n is {n,m} without a way back; after {n} a question mark is a quantifier of its own, and so is a plus after any.
        return least > most
            ? new PatternQuantifier(most!.Value, least, Lazy: false, Possessive: true)
            : new PatternQuantifier(least ?? 0, most, comma && reader.TryRead("?"), Possessive: false);
    }
}
