using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Strategies.FedRot;

namespace EdgeFlora.Aggregation.Tests.Strategies.FedRot;

/// <summary>The best rotation against a search over all rotations and reflections of the plane.</summary>
public sealed class RotatedSourceTests
{
    private const int Rank = 2;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(10, 0.1f)] // A leads
    [InlineData(0.1f, 10)] // B leads
    public void No_rotation_brings_both_factors_nearer(float a, float b)
    {
        LoraFactors reference = Given.Times(Given.Single(Given.Factors(Rank, inputs: 9, outputs: 8, seed: 1)), a, b).Modules[Given.Module];
        LoraFactors sent = Given.Factors(Rank, inputs: 9, outputs: 8, seed: 2);

        LoraFactors turned = new RotatedSource(new MemoryFactors([sent]), reference).Load(0);

        // Half a ten-thousandth of a turn costs 5e-8 of what is gained; what is published is rounded in single precision.
        double best = Enumerable.Range(0, 20_000).Max(i => Nearness(Turned(sent, i * 2 * Math.PI / 10_000, flip: i >= 10_000), reference));
        Assert.InRange(Nearness(turned, reference), best * (1 - 1e-6), best * (1 + 1e-6));
        double[,] product = DenseReference.Product(sent);
        Assert.InRange(DenseReference.Error(turned, product), 0, 1e-6);
    }

    [Fact]
    public void Lower_ranks_are_padded_and_turned()
    {
        LoraFactors reference = Given.Factors(Rank, inputs: 9, outputs: 8, seed: 1);
        LoraFactors sent = Given.Factors(rank: 1, inputs: 9, outputs: 8, seed: 2);
        var source = new RotatedSource(new MemoryFactors([sent]), reference);

        Assert.Equal((1, 8, 9, 1, Rank), (source.Count, source.Outputs, source.Inputs, source.Batch, source.RankOf(0)));
        Assert.Equal(Rank, source.Load(0).Rank);
        Assert.InRange(DenseReference.Error(source.Load(0), DenseReference.Product(sent)), 0, 1e-6);
    }

    [Fact]
    public void With_nothing_to_turn_towards_factors_stay()
    {
        LoraFactors sent = Given.Factors(Rank, inputs: 9, outputs: 8, seed: 2);
        var nothing = new LoraFactors(new Matrix(Rank, 9), new Matrix(8, Rank));
        LoraFactors oneDirection = Given.Factors(Rank, inputs: 9, outputs: 8, seed: 1);
        oneDirection.A.Row(1).Clear();
        for (int o = 0; o < 8; o++)
        {
            oneDirection.B[o, 1] = 0;
        }

        foreach (LoraFactors reference in new[] { nothing, oneDirection })
        {
            LoraFactors loaded = new RotatedSource(new MemoryFactors([sent]), reference).Load(0);
            Assert.True(AggregatorTests.SameBits(Given.Single(sent), Given.Single(loaded)));
        }
    }

    private static double Nearness(LoraFactors x, LoraFactors reference) =>
        DenseReference.InnerProduct(DenseReference.Of(x.A), DenseReference.Of(reference.A))
            + DenseReference.InnerProduct(DenseReference.Of(x.B), DenseReference.Of(reference.B));

    private static LoraFactors Turned(LoraFactors factors, double angle, bool flip)
    {
        LoraFactors turned = StrategyTests.Rotated(factors, angle);
        if (flip)
        {
            for (int k = 0; k < turned.Inputs; k++)
            {
                turned.A[0, k] = -turned.A[0, k];
            }

            for (int o = 0; o < turned.Outputs; o++)
            {
                turned.B[o, 0] = -turned.B[o, 0];
            }
        }

        return turned;
    }
}
