using EdgeFlora.Adapters.Initialization;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Adapting;

/// <summary>What DoRA adds to the factors of a layer (arXiv 2402.09353).</summary>
/// <param name="Magnitude">The length that each row of W₀ + scale·B·A is brought to: [outputs].</param>
/// <param name="SquaredRows">Squared lengths of the rows of W₀: [outputs].</param>
internal sealed record DoraBinding(WeightBinding Magnitude, ReadOnlyMemory<double> SquaredRows)
{
    public static DoraBinding Of(WeightBinding magnitude, LinearLayer layer, FrozenWeight weight)
    {
        float[] row = new float[layer.Inputs];
        double[] squares = new double[layer.Outputs];
        for (int output = 0; output < squares.Length; output++)
        {
            weight.Read((long)output * row.Length, row);
            squares[output] = RowLength.Squared(row);
        }

        return new DoraBinding(magnitude, squares);
    }
}
