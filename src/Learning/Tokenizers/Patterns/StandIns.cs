using System.Text;
using EdgeFlora.Learning.Tokenizers.Characters;

namespace EdgeFlora.Learning.Tokenizers.Patterns;

/// <summary>One UTF-16 unit for every character above U+FFFF, so that .NET's expressions, which match units, match characters.</summary>
/// <remarks>
/// Characters that a pattern's sets do not tell apart share a stand-in. Stand-ins are units of surrogate pairs, which no character is written with
/// alone, so that none is taken for another character.
/// </remarks>
internal sealed class StandIns
{
    private const int FirstAbove = 0x10000;
    private const char FirstUnit = '\uD800';
    private const int Units = 2048;

    private readonly List<int> starts = [];
    private readonly List<char> units = [];

    /// <param name="sets">All sets of a pattern.</param>
    /// <exception cref="InvalidDataException">They tell more kinds of characters apart than there are stand-ins.</exception>
    public StandIns(IReadOnlyList<CodePointSet> sets)
    {
        var kinds = new Dictionary<string, char>(StringComparer.Ordinal);
        IEnumerable<int> edges = sets.SelectMany(set => set.Ranges).SelectMany(range => new[] { range.First, range.Last + 1 })
            .Where(at => at is > FirstAbove and <= CodePointSet.Last);
        foreach (int start in edges.Append(FirstAbove).Distinct().Order())
        {
            string kind = string.Concat(sets.Select(set => set.Contains(start) ? '1' : '0'));
            if (!kinds.TryGetValue(kind, out char unit))
            {
                unit = kinds.Count < Units
                    ? (char)(FirstUnit + kinds.Count)
                    : throw new InvalidDataException($"a pattern tells over {Units} kinds of characters apart, which is the most.");
                kinds.Add(kind, unit);
            }

            starts.Add(start);
            units.Add(unit);
        }
    }

    /// <summary>A set as .NET writes it, over characters up to U+FFFF and stand-ins.</summary>
    public void Write(CodePointSet set, StringBuilder written)
    {
        IEnumerable<(int First, int Last)> low = set.Ranges.Where(range => range.First < FirstAbove)
            .Select(range => (range.First, Math.Min(range.Last, FirstAbove - 1)));
        CodePointSet units = CodePointSet.Of(low)
            .Except(CodePointSet.Range(FirstUnit, FirstUnit + Units - 1))
            .Union(CodePointSet.Of(
                starts.Select((start, i) => (start, Unit: (int)this.units[i])).Where(kind => set.Contains(kind.start)).Select(kind => kind.Unit)));
        if (units.IsEmpty)
        {
            written.Append("(?!)");
            return;
        }

        written.Append('[');
        foreach ((int first, int last) in units.Ranges)
        {
            Write((char)first, written);
            if (last > first)
            {
                written.Append('-');
                Write((char)last, written);
            }
        }

        written.Append(']');
    }

    /// <summary>A text with one unit for each character, and where each begins in the text; last, the text's end.</summary>
    public (string Units, int[] Starts) Of(string text)
    {
        char[] single = new char[text.Length];
        int[] places = new int[text.Length + 1];
        int count = 0;
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            places[count] = at;
            single[count++] = rune.IsBmp ? (char)rune.Value : Unit(rune.Value);
            at += rune.Utf16SequenceLength;
        }

        places[count] = at;
        return (new string(single, 0, count), places);
    }

    private char Unit(int codePoint)
    {
        int at = starts.BinarySearch(codePoint);
        return units[at >= 0 ? at : ~at - 1];
    }

    private static void Write(char unit, StringBuilder written)
    {
        if (char.IsAsciiLetterOrDigit(unit) || unit > 0x7F)
        {
            written.Append(unit);
        }
        else
        {
            written.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{(int)unit:X4}");
        }
    }
}
