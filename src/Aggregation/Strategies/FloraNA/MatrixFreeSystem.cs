using System.Numerics.Tensors;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>
/// A problem whose H is known by its products, (H·x)_v = ⟨F_v, S·Σ xᵤFᵤ⟩ with the free factor F and the Gram matrix S of the held mean; solved by
/// conjugate gradients.
/// </summary>
internal sealed class MatrixFreeSystem : INormalSystem
{
    private readonly IdealUpdate target;
    private readonly int rank;
    private readonly Func<LoraFactors, Matrix> factor;
    private readonly (int Rows, int Columns) shape;
    private readonly Matrix square;
    private readonly bool across;
    private readonly double unit;
    private readonly double[] diagonal;

    /// <param name="rank">To which entries are padded.</param>
    /// <param name="factor">The free factor.</param>
    /// <param name="image">What the held mean becomes under T, in the layout of the free factor and the unit of <paramref name="target"/>.</param>
    /// <param name="square">S [rank × rank].</param>
    /// <param name="across">Whether directions are the columns of the free factor.</param>
    public MatrixFreeSystem(IdealUpdate target, int rank, Func<LoraFactors, Matrix> factor, Matrix image, DoubleMatrix square, bool across)
    {
        (this.target, this.rank, this.factor, this.across) = (target, rank, factor, across);
        shape = (image.Rows, image.Columns);
        // unit² keeps products of tiny or huge factors within single precision.
        unit = SymmetricProduct.UnitFor(square, target.Unit);
        var scaled = new DoubleMatrix(rank, rank);
        TensorPrimitives.Multiply(square.Values, unit * unit, scaled.Values);
        this.square = scaled.ToSingles();
        C = EachAgent(free => Widening.Dot(free.Values, image.Values) / target.Unit);
        diagonal = EachAgent(free => Widening.Dot(free.Values, Squared(free).Values) / (unit * unit));
    }

    public double[] C { get; }

    public double[] Times(double[] x)
    {
        Matrix squared = Squared(WeightedSum.Of(target, rank, x, factor, shape.Rows, shape.Columns));
        return EachAgent(free => Widening.Dot(free.Values, squared.Values) / (unit * unit));
    }

    public double[] Solve(double[] previous, double ridge, double targetEnergy) =>
        ConjugateGradients.Solve(Times, diagonal, C, previous, ridge, targetEnergy);

    // S·F, in the layout of F.
    private Matrix Squared(Matrix values)
    {
        var result = new Matrix(values.Rows, values.Columns);
        if (across)
        {
            MatrixProduct.Multiply(values, false, square, false, result);
        }
        else
        {
            MatrixProduct.Multiply(square, false, values, false, result);
        }

        return result;
    }

    private double[] EachAgent(Func<Matrix, double> value)
    {
        double[] values = new double[target.Source.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = target.Threads };
        target.ForEachBatch(
            (first, batch) => Parallel.For(0, batch.Length, parallel, i => values[first + i] = value(factor(Padding.ToRank(batch[i], rank)))));
        return values;
    }
}
