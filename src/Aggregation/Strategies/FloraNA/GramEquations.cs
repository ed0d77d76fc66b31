using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>The normal equations from the r×r blocks G^B_{us} = BᵤᵀB_s and G^A_{vt} = A_vA_tᵀ, computed once in double precision.</summary>
/// <remarks>
/// Uses ⟨BᵤA_v, B_sA_t⟩ = ⟨G^B_{us}, G^A_{vt}⟩. Blocks cost U²r²(outputs + inputs) multiply-adds and 2(Ur)² values; each later solution only U²r².
/// </remarks>
internal sealed class GramEquations : INormalEquations
{
    private readonly int agents;
    private readonly double[] target;
    private readonly DoubleMatrix[,] blocksA;
    private readonly DoubleMatrix[,] blocksB;

    /// <param name="factors">Every agent's factors at one rank.</param>
    /// <param name="target">cᵤ of T = Σ cᵤBᵤAᵤ.</param>
    public GramEquations(IReadOnlyList<LoraFactors> factors, double[] target, int threads)
    {
        agents = factors.Count;
        this.target = target;
        blocksA = new DoubleMatrix[agents, agents];
        blocksB = new DoubleMatrix[agents, agents];
        Parallel.For(0, agents, new ParallelOptions { MaxDegreeOfParallelism = threads }, u =>
        {
            for (int s = 0; s <= u; s++)
            {
                blocksA[u, s] = Gram.OfRows(factors[u].A, factors[s].A);
                blocksB[u, s] = Gram.OfColumns(factors[u].B, factors[s].B);
                if (s < u)
                {
                    blocksA[s, u] = blocksA[u, s].Transpose();
                    blocksB[s, u] = blocksB[u, s].Transpose();
                }
            }
        });
    }

    /// <summary>‖T‖² = Σ cᵤc_s⟨G^B_{us}, G^A_{us}⟩.</summary>
    public double TargetEnergy
    {
        get
        {
            double sum = 0;
            for (int u = 0; u < agents; u++)
            {
                for (int s = 0; s < agents; s++)
                {
                    sum += target[u] * target[s] * blocksB[u, s].InnerProduct(blocksA[u, s]);
                }
            }

            return sum;
        }
    }

    public INormalSystem ForQ(double[] p) => Equations(p, blocksB, blocksA);

    public INormalSystem ForP(double[] q) => Equations(q, blocksA, blocksB);

    // One form serves both: with the held factor's mean M, meanTimes[s] = M·(factor s) and H_{us} = ⟨free block us, M·M⟩.
    private DenseSystem Equations(double[] held, DoubleMatrix[,] heldBlocks, DoubleMatrix[,] freeBlocks)
    {
        int rank = heldBlocks[0, 0].Rows;
        var meanTimes = new DoubleMatrix[agents];
        var square = new DoubleMatrix(rank, rank);
        for (int s = 0; s < agents; s++)
        {
            meanTimes[s] = new DoubleMatrix(rank, rank);
            for (int u = 0; u < agents; u++)
            {
                AddScaled(meanTimes[s], heldBlocks[u, s], held[u]);
            }

            AddScaled(square, meanTimes[s], held[s]);
        }

        var h = new DoubleMatrix(agents, agents);
        double[] c = new double[agents];
        for (int u = 0; u < agents; u++)
        {
            for (int s = 0; s < agents; s++)
            {
                h[u, s] = freeBlocks[u, s].InnerProduct(square);
                c[u] += target[s] * freeBlocks[u, s].InnerProduct(meanTimes[s]);
            }
        }

        return new DenseSystem(h, c);
    }

    private static void AddScaled(DoubleMatrix sum, DoubleMatrix term, double factor)
    {
        for (int i = 0; i < sum.Values.Length; i++)
        {
            sum.Values[i] += factor * term.Values[i];
        }
    }
}
