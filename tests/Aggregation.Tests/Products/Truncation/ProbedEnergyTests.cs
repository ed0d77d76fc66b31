using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Products.Truncation;

namespace EdgeFlora.Aggregation.Tests.Products.Truncation;

public sealed class ProbedEnergyTests
{
    [Theory]
    [InlineData(8, 3.0)] // a tail of a few directions: sixteen probes are not enough
    [InlineData(40, 3.0)]
    [InlineData(40, 1.0)]
    public void The_margin_holds_and_is_narrow(int agents, double drift)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents, rank: 4, inputs: 160, outputs: 140, drift);
        double total = updates.Sum(u => u.Weight);
        double[] weights = [.. updates.Select(u => u.Weight / total)];
        var source = new MemoryFactors([.. updates.Select(u => u.Adapter.Modules[Given.Module])]);
        LoraFactors mean = Survey.Of(source, weights, weights, broadcast.Modules[Given.Module], threads: 1).Mean;
        var update = new IdealUpdate(source, weights, threads: 1);
        double[,] dense = DenseReference.Ideal(broadcast, updates, Given.Module);
        double energy = DenseReference.InnerProduct(dense, dense);
        double bound = DenseReference.Bound(dense, 4);

        int held = 0;
        const int Seeds = 20;
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            TruncatedUpdate truncated = RandomisedTruncation.Of(
                update, mean.A, rank: 4, energy: null, new SeededRandom(seed), threads: 1, TruncationMethod.Randomised);

            Assert.True(truncated.Estimated);
            double error = Math.Sqrt(truncated.TailEnergy(4));
            // The product itself may miss the bound by half a percent.
            held += Math.Abs(truncated.Energy - energy) <= truncated.EnergyMargin && Math.Abs(error - bound) <= truncated
                .ErrorMargin(4) + (0.005 * bound) ? 1 : 0;
            // Probes go on until three standard errors are a twentieth, or 256 of them have been spent: then they are 3·½·√(2/256/8) of eight
            // directions alike.
            Assert.InRange(truncated.ErrorMargin(4), 0, 0.06 * error);
        }

        // Three standard errors estimated from sixteen samples fail about once in a hundred times: two of twenty leave room.
        Assert.InRange(held, Seeds - 2, Seeds);
    }

    [Fact]
    public void A_known_energy_has_no_margin()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 12, rank: 4, inputs: 60, outputs: 50);

        foreach (TruncationMethod method in Enum.GetValues<TruncationMethod>())
        {
            ModuleReport report = Aggregator.Aggregate(Given.Options("OptimalRank") with { Method = method }, broadcast, updates).Modules[0];
            Assert.False(report.Estimated);
            Assert.Equal(0, report.ErrMargin);
        }
    }

    [Theory]
    [InlineData(64)]
    [InlineData(130)] // two values beyond whole numbers of bits
    [InlineData(5)]
    public void A_row_of_signs_follows_the_bits(int length)
    {
        float[] row = new float[length];
        ProbedEnergy.Fill(row, 0.5f, new SeededRandom(9));

        var same = new SeededRandom(9);
        for (int from = 0; from < length; from += 64)
        {
            ulong bits = same.NextUInt64();
            for (int i = from; i < Math.Min(length, from + 64); i++)
            {
                Assert.Equal((bits >> (i - from) & 1) == 0 ? 0.5f : -0.5f, row[i]);
            }
        }
    }
}
