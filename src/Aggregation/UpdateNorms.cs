using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Aggregation;

/// <summary>Lengths of updates' changes, and which of them stand out.</summary>
public static class UpdateNorms
{
    /// <summary>How far <paramref name="adapter"/> is from <paramref name="broadcast"/>, the same in every gauge. Both have the same modules and shapes; ranks and scales may differ.</summary>
    /// <param name="options">What says of which modules the factors count as well; absent: of none.</param>
    /// <remarks>Where both hold a B of zeros no product shows a change of A (agents that keep their B send such updates): there s·‖A − A₀‖ counts, which the agents' own B multiply.</remarks>
    public static ChangeNorm OfChange(LoraAdapter broadcast, LoraAdapter adapter, AggregationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(broadcast);
        ArgumentNullException.ThrowIfNull(adapter);
        double products = 0;
        double ofFactors = 0;
        foreach ((string name, LoraFactors factors) in adapter.Modules)
        {
            LoraFactors before = broadcast.Modules[name];
            if (options is not null && !options.StrategyFor(name).GaugeIsFree)
            {
                ofFactors += SquaredDistance(factors.A.Values, before.A.Values) + SquaredDistance(factors.B.Values, before.B.Values);
            }

            products += HidesA(factors) && HidesA(before)
                ? SquaredDistanceOfA(factors, adapter.Settings.Scale, before, broadcast.Settings.Scale)
                : ProductGeometry.SquaredDistance(factors, adapter.Settings.Scale, before, broadcast.Settings.Scale);
        }

        double saved = 0;
        foreach ((string name, DenseTensor tensor) in adapter.Saved)
        {
            saved += SquaredDistance(tensor.Values, broadcast.Saved[name].Values);
        }

        return new ChangeNorm(Math.Sqrt(products), Math.Sqrt(saved)) { Factors = Math.Sqrt(ofFactors) };
    }

    /// <summary>Length of the whole change, products and saved tensors together.</summary>
    public static double Change(LoraAdapter broadcast, LoraAdapter adapter)
    {
        ChangeNorm change = OfChange(broadcast, adapter);
        return double.Hypot(change.Products, change.Saved);
    }

    /// <summary>The agents whose change, of products or of saved tensors, is longer than <paramref name="factor"/> times the (lower) median of all, in ordinal order.</summary>
    /// <remarks>Fewer than three agents have no meaningful median, nor has a median of zero: then nobody stands out.</remarks>
    /// <param name="factor">≥ 1.</param>
    public static IReadOnlyList<string> Outliers(IReadOnlyDictionary<string, ChangeNorm> norms, double factor)
    {
        ArgumentNullException.ThrowIfNull(norms);
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        double products = LowerMedian.Of([.. norms.Values.Select(n => n.Products)]);
        double saved = LowerMedian.Of([.. norms.Values.Select(n => n.Saved)]);
        return
        [
            .. norms.Where(n => StandsOut(n.Value.Products, products) || StandsOut(n.Value.Saved, saved)).Select(n => n.Key).Order(StringComparer.Ordinal),
        ];

        bool StandsOut(double norm, double median) => norms.Count >= 3 && median > 0 && !(norm <= factor * median);
    }

    // Values that only one of them has count in full.
    private static double SquaredDistance(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (int i = 0; i < Math.Max(x.Length, y.Length); i++)
        {
            double change = (i < x.Length ? (double)x[i] : 0) - (i < y.Length ? y[i] : 0);
            sum += change * change;
        }

        return sum;
    }

    private static bool HidesA(LoraFactors factors) => !factors.B.Values.ContainsAnyExcept(0f);

    // Rows that only one of them has count in full.
    private static double SquaredDistanceOfA(LoraFactors x, double scaleX, LoraFactors y, double scaleY)
    {
        double sum = 0;
        for (int i = 0; i < Math.Max(x.A.Values.Length, y.A.Values.Length); i++)
        {
            double change = (i < x.A.Values.Length ? scaleX * x.A.Values[i] : 0) - (i < y.A.Values.Length ? scaleY * y.A.Values[i] : 0);
            sum += change * change;
        }

        return sum;
    }
}
