using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Gauges;

/// <summary>Brings factors that have left the broadcast gauge back to it, their product kept: A′ = G·A, B′ = B·G⁻¹ with the G that brings A nearest to the broadcast A.</summary>
/// <remarks>
/// Rotated, flipped or rescaled factors have the same product but ruin an average of factors. Harmless causes: compression by singular values, another PEFT library, a merged checkpoint.
/// </remarks>
internal sealed class RegaugedSource : IFactorSource
{
    private const double LeastCosine = 0.5;
    private const double LargestRatio = 5;
    private const double WorstCondition = 1e5;

    private readonly IFactorSource source;
    private readonly bool[] repaired;
    private readonly LoraFactors broadcast;

    private RegaugedSource(IFactorSource source, bool[] repaired, LoraFactors broadcast)
    {
        this.source = source;
        this.repaired = repaired;
        this.broadcast = broadcast;
    }

    public int Count => source.Count;

    public int Outputs => source.Outputs;

    public int Inputs => source.Inputs;

    public int Batch => source.Batch;

    /// <summary>The source itself if all its factors are near the broadcast gauge, and which were not.</summary>
    public static (IFactorSource Source, bool[] Repaired) Of(IFactorSource source, Survey survey, LoraFactors broadcast)
    {
        double reference = Math.Sqrt(Gram.OfRows(broadcast.A).Trace());
        bool[] repaired = new bool[source.Count];
        for (int i = 0; i < source.Count && reference > 0; i++)
        {
            double length = survey.LengthsA[i];
            bool far = length > 0
                && (survey.AlongA[i] < LeastCosine * length * reference || length > LargestRatio * reference || length * LargestRatio < reference);
            repaired[i] = far && source.RankOf(i) == broadcast.Rank && Repair(source.Load(i), broadcast) is not null;
        }

        return Array.Exists(repaired, flag => flag) ? (new RegaugedSource(source, repaired, broadcast), repaired) : (source, repaired);
    }

    public int RankOf(int index) => source.RankOf(index);

    public LoraFactors Load(int index)
    {
        LoraFactors factors = source.Load(index);
        return repaired[index] ? Repair(factors, broadcast) ?? factors : factors;
    }

    // G = A_ref·Aᵀ·(A·Aᵀ)⁻¹ projects A_ref on the rows of A; null where A or G is too near to singular.
    private static LoraFactors? Repair(LoraFactors factors, LoraFactors reference)
    {
        DoubleMatrix a = DoubleMatrix.From(factors.A);
        SingularValues parts = SingularValues.Of(a);
        if (!(parts.Sigma[^1] * WorstCondition > parts.Sigma[0]) || parts.Sigma.Length < factors.Rank)
        {
            return null;
        }

        // G = A_ref·V·S⁻¹·Uᵀ of A = U·S·Vᵀ.
        DoubleMatrix projected = DoubleMatrix.From(reference.A).TimesTransposed(parts.Vt);
        for (int i = 0; i < projected.Rows; i++)
        {
            for (int j = 0; j < projected.Columns; j++)
            {
                projected[i, j] /= parts.Sigma[j];
            }
        }

        DoubleMatrix g = projected.TimesTransposed(parts.U);
        SingularValues gParts = SingularValues.Of(g);
        if (!(gParts.Sigma[^1] * WorstCondition > gParts.Sigma[0]))
        {
            return null;
        }

        // B·G⁻¹ with G⁻¹ = V·S⁻¹·Uᵀ.
        DoubleMatrix inverse = gParts.Vt.Transpose();
        for (int i = 0; i < inverse.Rows; i++)
        {
            for (int j = 0; j < inverse.Columns; j++)
            {
                inverse[i, j] /= gParts.Sigma[j];
            }
        }

        inverse = inverse.TimesTransposed(gParts.U);
        return new LoraFactors(g.Times(a).ToSingles(), DoubleMatrix.From(factors.B).Times(inverse).ToSingles());
    }
}
