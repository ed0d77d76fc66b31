using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Strategies.FedRot;

/// <summary>Factors turned towards a reference: (B·O, Oᵀ·A) with the orthogonal O that maximises ⟨B·O, B_ref⟩ + ⟨Oᵀ·A, A_ref⟩.</summary>
internal sealed class RotatedSource(IFactorSource source, LoraFactors reference) : IFactorSource
{
    public int Count => source.Count;

    public int Outputs => source.Outputs;

    public int Inputs => source.Inputs;

    public int Batch => source.Batch;

    public int RankOf(int index) => reference.Rank;

    public LoraFactors Load(int index)
    {
        LoraFactors factors = Padding.ToRank(source.Load(index), reference.Rank);
        DoubleMatrix nearness = Gram.OfColumns(factors.B, reference.B);
        DoubleMatrix ofA = Gram.OfRows(factors.A, reference.A);
        for (int i = 0; i < nearness.Values.Length; i++)
        {
            nearness.Values[i] += ofA.Values[i];
        }

        SingularValues parts = SingularValues.Of(nearness);
        // Without a full set of directions the best rotation is not unique; the factors stay as they are.
        if (!(parts.Sigma[^1] > 1e-12 * parts.Sigma[0]))
        {
            return factors;
        }

        DoubleMatrix rotation = parts.U.Times(parts.Vt);
        return new LoraFactors(
            rotation.Transpose().Times(DoubleMatrix.From(factors.A)).ToSingles(),
            DoubleMatrix.From(factors.B).Times(rotation).ToSingles());
    }
}
