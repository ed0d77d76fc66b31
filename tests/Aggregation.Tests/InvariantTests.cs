using System.Globalization;
using System.Reflection;
using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Products.Truncation;

namespace EdgeFlora.Aggregation.Tests;

/// <summary>
/// The design's invariants that need a judge of their own; the others stand beside the strategies they are about, under the same trait:
/// <c>--filter Invariant=4</c>.
/// </summary>
public sealed class InvariantTests
{
    [Theory]
    [Trait("Invariant", "1")]
    [InlineData(1, 1, 1, 1)]
    [InlineData(3, 5, 7, 9)]
    [InlineData(8, 2, 33, 40)]
    public void Inner_products_from_Gram_blocks_are_those_of_explicit_products(int rankX, int rankY, int inputs, int outputs)
    {
        LoraFactors x = Given.Factors(rankX, inputs, outputs, 1);
        LoraFactors y = Given.Factors(rankY, inputs, outputs, 2);

        double expected = DenseReference.InnerProduct(DenseReference.Product(x), DenseReference.Product(y));

        // Both sum exact products of single-precision values in double precision.
        Assert.Equal(expected, ProductGeometry.InnerProduct(x, y), tolerance: 1e-12);
    }

    [Theory]
    [Trait("Invariant", "3")]
    [InlineData(1)]
    [InlineData(3)]
    public void Alternating_over_whole_factors_approaches_the_bound_from_above_and_OptimalRank_is_not_behind(double drift)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 5, rank: 4, inputs: 40, outputs: 36, drift);
        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);
        LoraFactors mean = Aggregator.Aggregate(Given.Options("FedIT"), broadcast, updates).Global.Modules[Given.Module];

        double start = DenseReference.Error(mean, ideal);
        double first = ErrorAfter(ideal, mean, sweeps: 1);
        double second = ErrorAfter(ideal, mean, sweeps: 2);
        double bound = DenseReference.Bound(ideal, 4);

        Assert.True(bound <= second && second <= first && first <= start, $"{bound}, {second}, {first}, {start}");
        foreach (TruncationMethod method in Enum.GetValues<TruncationMethod>())
        {
            LoraFactors optimal =
                Aggregator.Aggregate(Given.Options("OptimalRank") with { Method = method }, broadcast, updates).Global.Modules[Given.Module];
            // Single precision, beside errors of a tenth.
            Assert.InRange(DenseReference.Error(optimal, ideal), bound * (1 - 1e-6), second * (1 + 1e-6));
        }
    }

    [Fact]
    [Trait("Invariant", "9")]
    public void Mixing_blocks_instead_of_scalars_reach_the_bound_of_any_product()
    {
        const int Rank = 2;
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 3, Rank, inputs: 14, outputs: 12, drift: 2);
        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);
        double[,] stackedA = Stacked(updates.Select(u => DenseReference.Of(u.Adapter.Modules[Given.Module].A)));
        double[,] stackedB = DenseReference.Transposed(
            Stacked(updates.Select(u => DenseReference.Transposed(DenseReference.Of(u.Adapter.Modules[Given.Module].B)))));

        // B = [B₁ … B_U]·P and A = Q·[A₁; …; A_U] with free blocks, each the least-squares solution for the other.
        double[,] q = Blocks(updates.Length, Rank);
        double[,] b = new double[0, 0];
        for (int sweep = 0; sweep < 400; sweep++)
        {
            double[,] a = DenseReference.Times(q, stackedA);
            // P = (BᵀB)⁻¹·Bᵀ·T·Aᵀ·(A·Aᵀ)⁻¹, and Q alike.
            double[,] gramA = DenseReference.Times(a, a, transposeY: true);
            double[,] image = DenseReference.Times(DenseReference.Times(DenseReference.Transposed(stackedB), ideal), a, transposeY: true);
            double[,] p = DenseReference.Solve(
                Square(stackedB), DenseReference.Transposed(DenseReference.Solve(gramA, DenseReference.Transposed(image))));
            b = DenseReference.Times(stackedB, p);
            double[,] back = DenseReference.Times(DenseReference.Times(DenseReference.Transposed(b), ideal), stackedA, transposeY: true);
            double[,] half = DenseReference.Solve(Square(b), back);
            q = DenseReference.Transposed(DenseReference.Solve(Square(DenseReference.Transposed(stackedA)), DenseReference.Transposed(half)));
        }

        double[,] product = DenseReference.Times(b, DenseReference.Times(q, stackedA));
        double reached = DenseReference.Distance(product, ideal) / DenseReference.Length(ideal);

        // Four hundred sweeps of a subspace iteration; the bound itself is the root of a difference, known to some 1e-8.
        Assert.Equal(DenseReference.Bound(ideal, Rank), reached, tolerance: 1e-7);
        LoraFactors published = Aggregator.Aggregate(Given.Options("OptimalRank"), broadcast, updates).Global.Modules[Given.Module];
        Assert.Equal(reached, DenseReference.Error(published, ideal), tolerance: 1e-6);
    }

    [Fact]
    public void All_twelve_have_a_test() => Assert.Equal(
        Enumerable.Range(1, 12),
        typeof(InvariantTests).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .SelectMany(method => method.GetCustomAttributes<TraitAttribute>())
            .Where(trait => trait.Name == "Invariant").Select(trait => int.Parse(trait.Value, CultureInfo.InvariantCulture)).Order());

    private static double[,] Square(double[,] x) => DenseReference.Times(DenseReference.Transposed(x), x);

    private static double ErrorAfter(double[,] ideal, LoraFactors mean, int sweeps)
    {
        double[,] a = DenseReference.Of(mean.A);
        double[,] b = DenseReference.Of(mean.B);
        for (int sweep = 0; sweep < sweeps; sweep++)
        {
            double[,] y = DenseReference.Times(ideal, a, transposeY: true);
            b = DenseReference.Transposed(DenseReference.Solve(DenseReference.Times(a, a, transposeY: true), DenseReference.Transposed(y)));
            a = DenseReference.Solve(Square(b), DenseReference.Times(DenseReference.Transposed(b), ideal));
        }

        return DenseReference.Distance(DenseReference.Times(b, a), ideal) / DenseReference.Length(ideal);
    }

    private static double[,] Stacked(IEnumerable<double[,]> parts)
    {
        double[][,] all = [.. parts];
        int rows = all[0].GetLength(0);
        double[,] stacked = new double[rows * all.Length, all[0].GetLength(1)];
        for (int i = 0; i < stacked.GetLength(0); i++)
        {
            for (int j = 0; j < stacked.GetLength(1); j++)
            {
                stacked[i, j] = all[i / rows][i % rows, j];
            }
        }

        return stacked;
    }

    // The average: the identity over U in every block.
    private static double[,] Blocks(int agents, int rank)
    {
        double[,] blocks = new double[rank, agents * rank];
        for (int i = 0; i < agents * rank; i++)
        {
            blocks[i % rank, i] = 1.0 / agents;
        }

        return blocks;
    }
}
