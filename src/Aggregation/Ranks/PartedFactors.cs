using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Ranks;

/// <summary>
/// Factors cut into parts at their places: zeros in all other components, so that parts of different components don't mix in a sum of factors.
/// </summary>
internal static class PartedFactors
{
    /// <summary>One entry for each of <paramref name="parts"/>, in their order. All are held at once.</summary>
    /// <param name="parts">Grouped by term.</param>
    public static IFactorSource Of(IFactorSource source, IReadOnlyList<TermPart> parts)
    {
        var cut = new LoraFactors[parts.Count];
        int loaded = -1;
        LoraFactors? whole = null;
        for (int i = 0; i < cut.Length; i++)
        {
            if (whole is null || loaded != parts[i].Term)
            {
                (loaded, whole) = (parts[i].Term, source.Load(parts[i].Term));
            }

            cut[i] = Cut(whole, parts[i].Components);
        }

        return new MemoryFactors(cut);
    }

    private static LoraFactors Cut(LoraFactors factors, ComponentRange components)
    {
        int from = components.From;
        int to = Math.Min(components.To, factors.Rank);
        if (from == 0 && to == factors.Rank)
        {
            return factors;
        }

        var a = new Matrix(to, factors.Inputs);
        factors.A.Values[(from * factors.Inputs)..(to * factors.Inputs)].CopyTo(a.Values[(from * factors.Inputs)..]);
        var b = new Matrix(factors.Outputs, to);
        for (int row = 0; row < factors.Outputs; row++)
        {
            factors.B.Row(row)[from..to].CopyTo(b.Row(row)[from..]);
        }

        return new LoraFactors(a, b);
    }
}
