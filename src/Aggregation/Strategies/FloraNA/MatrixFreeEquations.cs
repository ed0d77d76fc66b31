using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>The normal equations of very many agents: H is never formed, a product with it is two readings of the agents.</summary>
/// <remarks>
/// Memory is a batch of the source, a few vectors of one number an agent, and a few [rank × (outputs + inputs)] in double precision; for 10,000
/// agents of 768 × 768 at rank 8 that is some megabytes. Time is about twenty readings a half step, 4U·r·length multiply-adds each.
/// </remarks>
internal sealed class MatrixFreeEquations(IdealUpdate target, int rank) : INormalEquations
{
    public INormalSystem ForQ(double[] p)
    {
        Matrix mean = Transposition.Of(WeightedSum.Of(target, rank, p, factors => factors.B, target.Outputs, rank));
        return new MatrixFreeSystem(
            target, rank, factors => factors.A, target.ApplyTransposed(new VectorBlock(mean)).Rows, Gram.OfRows(mean), across: false);
    }

    public INormalSystem ForP(double[] q)
    {
        Matrix mean = WeightedSum.Of(target, rank, q, factors => factors.A, rank, target.Inputs);
        return new MatrixFreeSystem(
            target, rank, factors => factors.B, Transposition.Of(target.Apply(new VectorBlock(mean)).Rows), Gram.OfRows(mean), across: true);
    }
}
