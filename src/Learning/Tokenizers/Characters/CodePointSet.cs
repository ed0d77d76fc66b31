namespace EdgeFlora.Learning.Tokenizers.Characters;

/// <summary>A set of code points. Immutable.</summary>
internal sealed class CodePointSet
{
    public const int Last = 0x10FFFF;

    private readonly int[] bounds; // where the set begins, ends (exclusive), begins again …: ascending

    private CodePointSet(int[] bounds) => this.bounds = bounds;

    public static CodePointSet Empty { get; } = new([]);

    public static CodePointSet All { get; } = Range(0, Last);

    public bool IsEmpty => bounds.Length == 0;

    /// <summary>The ranges in order, both ends included; none touches the next.</summary>
    public IEnumerable<(int First, int Last)> Ranges
    {
        get
        {
            for (int i = 0; i < bounds.Length; i += 2)
            {
                yield return (bounds[i], bounds[i + 1] - 1);
            }
        }
    }

    public static CodePointSet Range(int first, int last) => new([first, last + 1]);

    public static CodePointSet Of(params IEnumerable<int> codePoints) => Of(codePoints.Select(codePoint => (codePoint, codePoint)));

    /// <summary>The union of ranges in any order, both ends included.</summary>
    public static CodePointSet Of(IEnumerable<(int First, int Last)> ranges)
    {
        var merged = new List<int>();
        foreach ((int first, int last) in ranges.OrderBy(range => range.First))
        {
            if (merged.Count > 0 && first <= merged[^1])
            {
                merged[^1] = Math.Max(merged[^1], last + 1);
            }
            else
            {
                merged.Add(first);
                merged.Add(last + 1);
            }
        }

        return new CodePointSet([.. merged]);
    }

    public bool Contains(int codePoint)
    {
        int at = Array.BinarySearch(bounds, codePoint);
        return ((at >= 0 ? at : ~at - 1) & 1) == 0;
    }

    public CodePointSet Union(CodePointSet other) => other.IsEmpty ? this : IsEmpty ? other : Of(Ranges.Concat(other.Ranges));

    public CodePointSet Complement() => bounds switch
    {
        [] => All,
        [0, .., Last + 1] => new CodePointSet(bounds[1..^1]),
        [0, ..] => new CodePointSet([.. bounds[1..], Last + 1]),
        [.., Last + 1] => new CodePointSet([0, .. bounds[..^1]]),
        _ => new CodePointSet([0, .. bounds, Last + 1]),
    };

    public CodePointSet Intersect(CodePointSet other) => Complement().Union(other.Complement()).Complement();

    public CodePointSet Except(CodePointSet other) => Intersect(other.Complement());
}
