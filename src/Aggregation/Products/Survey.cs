using System.Buffers;
using System.Numerics.Tensors;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Products;

/// <summary>What one reading of all agents' factors of a module tells: the two weighted means, and each agent's lengths and angles.</summary>
/// <param name="Mean">
/// Ā = Σ wᵤAᵤ and B̄ = Σ cᵤBᵤ at the largest rank of the entries, at most the broadcast one; lower ranks count as padded with zeros.
/// </param>
/// <param name="LengthsA">‖Aᵤ‖, Frobenius.</param>
/// <param name="LengthsB">‖Bᵤ‖, Frobenius.</param>
/// <param name="AlongA">⟨Aᵤ, A of the broadcast adapter⟩.</param>
/// <param name="AlongB">⟨Bᵤ, B of the broadcast adapter⟩.</param>
internal sealed record Survey(LoraFactors Mean, double[] LengthsA, double[] LengthsB, double[] AlongA, double[] AlongB)
{
    private const int BlockValues = 2048;

    /// <param name="source">Entries of any rank; those above the broadcast rank take part in the lengths, not in the means beyond that rank.</param>
    /// <param name="weightsB">cᵤ, the factor of Bᵤ in B̄.</param>
    /// <param name="weightsA">wᵤ, the factor of Aᵤ in Ā.</param>
    public static Survey Of(IFactorSource source, double[] weightsB, double[] weightsA, LoraFactors broadcast, int threads)
    {
        // Padding beyond every entry's rank would only carry zeros through each reading.
        int rank = Math.Min(broadcast.Rank, Enumerable.Range(0, source.Count).Max(source.RankOf));
        broadcast = Padding.ToRank(broadcast, rank);
        double[] totalA = Zeros(rank * source.Inputs);
        double[] totalB = Zeros(source.Outputs * rank);
        double[] squaresA = new double[source.Count];
        double[] squaresB = new double[source.Count];
        double[] alongA = new double[source.Count];
        double[] alongB = new double[source.Count];
        var update = new IdealUpdate(source, weightsB, threads);
        update.ForEachBatch((first, batch) =>
        {
            LoraFactors[] padded = [.. batch.Select(factors => Padding.ToRank(factors, rank))];
            Matrix[] a = [.. padded.Select(f => f.A)];
            Matrix[] b = [.. padded.Select(f => f.B)];
            // A last: a product with vectors reads it first, and finds part of it in the cache.
            Add(b, first, weightsB, broadcast.B, totalB, squaresB, alongB, threads);
            Add(a, first, weightsA, broadcast.A, totalA, squaresA, alongA, threads);
            for (int i = 0; i < batch.Length; i++)
            {
                squaresA[first + i] += SquaresBeyond(batch[i].A, rank);
                squaresB[first + i] += batch[i].Rank > rank ? SquaresBeyond(Transposition.Of(batch[i].B), rank) : 0;
            }
        });

        var mean = new LoraFactors(Rounded(totalA, rank, source.Inputs), Rounded(totalB, source.Outputs, rank));
        ArrayPool<double>.Shared.Return(totalA);
        ArrayPool<double>.Shared.Return(totalB);
        return new Survey(mean, Roots(squaresA), Roots(squaresB), alongA, alongB);
    }

    /// <summary>Gives the means' memory back, but for what <paramref name="published"/> is made of; nobody may read it afterwards.</summary>
    public void Release(LoraFactors published)
    {
        MatrixPool.Return(ReferenceEquals(Mean.A, published.A) ? null : Mean.A);
        MatrixPool.Return(ReferenceEquals(Mean.B, published.B) ? null : Mean.B);
    }

    private static void Add(
        Matrix[] batch, int first, double[] weights, Matrix reference, double[] total, double[] squares, double[] along, int threads)
    {
        int blocks = IdealUpdate.Blocks(reference.Values.Length, BlockValues);
        double[] blockSquares = new double[blocks * batch.Length];
        double[] blockAlong = new double[blocks * batch.Length];
        Parallel.For(0, blocks, new ParallelOptions { MaxDegreeOfParallelism = threads }, index =>
        {
            int from = index * BlockValues;
            int length = Math.Min(BlockValues, reference.Values.Length - from);
            for (int i = 0; i < batch.Length; i++)
            {
                ReadOnlySpan<float> next = batch[Math.Min(i + 1, batch.Length - 1)].Values.Slice(from, length);
                (blockSquares[(i * blocks) + index], blockAlong[(i * blocks) + index]) = Widening.AddAndMeasure(
                    batch[i].Values.Slice(from, length), next, reference.Values.Slice(from, length), weights[first + i], total.AsSpan(from, length));
            }
        });
        for (int i = 0; i < batch.Length; i++)
        {
            for (int index = 0; index < blocks; index++)
            {
                squares[first + i] += blockSquares[(i * blocks) + index];
                along[first + i] += blockAlong[(i * blocks) + index];
            }
        }
    }

    private static double SquaresBeyond(Matrix directions, int rank)
    {
        double sum = 0;
        for (int i = rank; i < directions.Rows; i++)
        {
            sum += Widening.Dot(directions.Row(i), directions.Row(i));
        }

        return sum;
    }

    private static double[] Zeros(int length)
    {
        double[] values = ArrayPool<double>.Shared.Rent(length);
        values.AsSpan(0, length).Clear();
        return values;
    }

    private static Matrix Rounded(double[] values, int rows, int columns)
    {
        Matrix result = MatrixPool.Rent(rows, columns);
        TensorPrimitives.ConvertTruncating<double, float>(values.AsSpan(0, rows * columns), result.Values);
        return result;
    }

    private static double[] Roots(double[] squares) => [.. squares.Select(Math.Sqrt)];
}
