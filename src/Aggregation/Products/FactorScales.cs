namespace EdgeFlora.Aggregation.Products;

/// <summary>
/// Powers of two that bring factors of extreme size near length one: Aᵤ = 2^aᵤ·A′ᵤ and Bᵤ = 2^bᵤ·B′ᵤ, exact but for values that are nothing beside
/// the factor they stand in.
/// </summary>
/// <remarks>
/// Single precision ends at 1e±38, so products of factors beyond 1e±19 would leave it, and so would those of one agent far from all others.
/// With scales T = <see cref="Product"/>·T′ and T′ = Σ c′ᵤB′ᵤA′ᵤ, all parts near one. Rounds whose factors are all of usual size have none, and keep
/// every bit.
/// </remarks>
internal sealed class FactorScales
{
    // Lengths within 2^±30 (1e±9) leave room for squares of products in single precision.
    private const int Usual = 30;

    private readonly int[] ofA;
    private readonly int[] ofB;
    private readonly int meanA;
    private readonly int meanB;

    private FactorScales(int[] ofA, int[] ofB, int meanA, int meanB)
    {
        (this.ofA, this.ofB, this.meanA, this.meanB) = (ofA, ofB, meanA, meanB);
    }

    /// <summary>T over T′.</summary>
    public double Product => Math.ScaleB(1, meanA + meanB);

    /// <summary>The scales of entries with these lengths; null where all are of usual size.</summary>
    /// <param name="lengthsA">‖Aᵤ‖.</param>
    /// <param name="lengthsB">‖Bᵤ‖.</param>
    /// <param name="weightsA">wᵤ, what plain averaging gives Aᵤ.</param>
    /// <param name="weightsB">cᵤ, what it gives Bᵤ.</param>
    public static FactorScales? Of(double[] lengthsA, double[] lengthsB, double[] weightsA, double[] weightsB)
    {
        if (lengthsA.All(IsUsual) && lengthsB.All(IsUsual))
        {
            return null;
        }

        int[] ofA = Exponents(lengthsA);
        int[] ofB = Exponents(lengthsB);
        return new FactorScales(ofA, ofB, OfMean(lengthsA, weightsA, ofA), OfMean(lengthsB, weightsB, ofB));
    }

    /// <summary>A′ᵤ and B′ᵤ.</summary>
    public IFactorSource Source(IFactorSource source) => new ScaledFactors(source, ofA, ofB);

    /// <summary>c′ᵤ of T′ = Σ c′ᵤB′ᵤA′ᵤ.</summary>
    public double[] Coefficients(double[] coefficients) => [.. coefficients.Select((c, u) => Math.ScaleB(c, ofA[u] + ofB[u] - meanA - meanB))];

    /// <summary>What multiplies B′ᵤ where pᵤ multiplies Bᵤ, in the unit in which their weighted mean is near one.</summary>
    public double[] ScaledP(double[] p) => [.. p.Select((value, u) => Math.ScaleB(value, ofB[u] - meanB))];

    /// <summary>What multiplies A′ᵤ where qᵤ multiplies Aᵤ.</summary>
    public double[] ScaledQ(double[] q) => [.. q.Select((value, u) => Math.ScaleB(value, ofA[u] - meanA))];

    /// <summary>The inverse of <see cref="ScaledP"/>.</summary>
    public double[] PlainP(double[] p) => [.. p.Select((value, u) => Math.ScaleB(value, meanB - ofB[u]))];

    /// <summary>The inverse of <see cref="ScaledQ"/>.</summary>
    public double[] PlainQ(double[] q) => [.. q.Select((value, u) => Math.ScaleB(value, meanA - ofA[u]))];

    private static bool IsUsual(double length) => length == 0 || Math.Abs(Math.ILogB(length)) <= Usual;

    private static int[] Exponents(double[] lengths) => [.. lengths.Select(length => length == 0 ? 0 : Math.ILogB(length) + 1)];

    // Of the largest term of the weighted mean.
    private static int OfMean(double[] lengths, double[] weights, int[] exponents) =>
        Enumerable.Range(0, lengths.Length).Where(u => lengths[u] > 0 && weights[u] != 0).Select(u => exponents[u] + Math.ILogB(weights[u]))
            .DefaultIfEmpty(0).Max();
}
