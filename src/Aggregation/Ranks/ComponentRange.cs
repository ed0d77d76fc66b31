namespace EdgeFlora.Aggregation.Ranks;

/// <summary>Components of the factors that the same agents hold.</summary>
/// <param name="From">Index of the first.</param>
/// <param name="To">Index after the last: the least rank at which an agent holds them.</param>
internal readonly record struct ComponentRange(int From, int To)
{
    /// <summary>The ranges between neighbours of <paramref name="ranks"/>, lowest first: for 2, 8 and 16 they are 0–2, 2–8 and 8–16.</summary>
    public static IReadOnlyList<ComponentRange> Between(IEnumerable<int> ranks)
    {
        int[] bounds = [0, .. ranks.Distinct().Order()];
        return [.. bounds.Zip(bounds.Skip(1), (from, to) => new ComponentRange(from, to))];
    }
}
