using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Aggregation.Products;

/// <summary>Factors divided by powers of two as they are loaded.</summary>
internal sealed class ScaledFactors(IFactorSource source, int[] exponentsA, int[] exponentsB) : IFactorSource
{
    public int Count => source.Count;

    public int Outputs => source.Outputs;

    public int Inputs => source.Inputs;

    public int Batch => source.Batch;

    public int RankOf(int index) => source.RankOf(index);

    public LoraFactors Load(int index)
    {
        LoraFactors factors = source.Load(index);
        return new LoraFactors(Scaled(factors.A, -exponentsA[index]), Scaled(factors.B, -exponentsB[index]));
    }

    // In double precision, for the power itself may be beyond single.
    private static Matrix Scaled(Matrix matrix, int exponent)
    {
        double factor = Math.ScaleB(1, exponent);
        return Difference.Of(matrix, factor, matrix, 0);
    }
}
