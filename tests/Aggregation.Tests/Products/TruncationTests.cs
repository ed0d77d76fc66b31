using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Products.Truncation;

namespace EdgeFlora.Aggregation.Tests.Products;

public sealed class TruncationTests
{
    [Theory]
    [InlineData(5, 8, 96, 80, 3.0)]
    [InlineData(20, 8, 96, 80, 1.0)]
    [InlineData(40, 4, 64, 120, 3.0)]
    public void The_randomised_product_is_within_half_a_percent_of_the_bound(int agents, int rank, int inputs, int outputs, double drift)
    {
        (IdealUpdate update, LoraFactors mean, double[,] dense) = Update(agents, rank, inputs, outputs, drift);

        TruncatedUpdate truncated = RandomisedTruncation.Of(
            update, mean.A, rank, UpdateEnergy.Of(update), new SeededRandom(1), threads: 1, TruncationMethod.Randomised);

        double error = DenseReference.Error(truncated.Triplets.First(rank).ToFactors(), dense);
        Assert.InRange(error, 0, 1.005 * DenseReference.Bound(dense, rank));
    }

    [Fact]
    public void Probes_estimate_the_energy_outside_the_leading_directions()
    {
        (IdealUpdate update, LoraFactors mean, double[,] dense) = Update(agents: 40, rank: 8, inputs: 160, outputs: 140, drift: 3);

        TruncatedUpdate truncated = RandomisedTruncation.Of(
            update, mean.A, rank: 8, energy: null, new SeededRandom(1), threads: 1, TruncationMethod.Randomised);

        // The tail has more than fifty directions alike: 1/√(2·16·50) = 2.5 % of one deviation of the error, three allowed.
        Assert.True(truncated.Estimated);
        Assert.InRange(Math.Sqrt(truncated.TailEnergy(8)) / DenseReference.Bound(dense, 8), 0.925, 1.075);
    }

    [Fact]
    public void Energy_from_inner_products_is_that_of_the_dense_update()
    {
        (IdealUpdate update, _, double[,] dense) = Update(agents: 70, rank: 5, inputs: 50, outputs: 60, drift: 1);

        // 350 directions: two tiles and their corner. Sums of single-precision products average their rounding out.
        double expected = DenseReference.InnerProduct(dense, dense);
        Assert.Equal(expected, UpdateEnergy.Of(update), tolerance: 1e-6 * expected);
    }

    [Theory]
    [InlineData(128, 128, 48, 8, true, TruncationMethod.Qr)] // the demo: exact and a millisecond
    [InlineData(4096, 4096, 1600, 16, true, TruncationMethod.Randomised)] // 100 agents of a large model
    [InlineData(768, 768, 80_000, 8, false, TruncationMethod.Dense)] // 10,000 agents on disk: one reading
    [InlineData(50_000, 50_000, 1600, 16, false, TruncationMethod.Randomised)] // the formed matrix would take 10 GB
    public void The_cost_model_chooses_what_fits_the_module(
        int outputs, int inputs, int totalRank, int rank, bool resident, TruncationMethod expected) =>
        Assert.Equal(expected, CostModel.Choose(outputs, inputs, totalRank, rank, threads: 2, resident));

    [Fact]
    public void Costs_grow_with_their_leading_terms()
    {
        Assert.Equal(
            2, CostModel.SecondsRandomised(512, 512, 2000, 8, 2, true) / CostModel.SecondsRandomised(512, 512, 1000, 8, 2, true), tolerance: 1e-9);
        Assert.Equal(
            2, CostModel.SecondsRandomised(512, 512, 2000, 8, 1, true) / CostModel.SecondsRandomised(512, 512, 2000, 8, 2, true), tolerance: 1e-9);
        Assert.InRange(CostModel.SecondsQr(64, 64, 4000) / CostModel.SecondsQr(64, 64, 2000), 7.5, 8);
        Assert.True(CostModel.SecondsDense(512, 512, 2000, 8, 2, false) > CostModel.SecondsDense(512, 512, 2000, 8, 2, true));
    }

    private static (IdealUpdate Update, LoraFactors Mean, double[,] Dense) Update(int agents, int rank, int inputs, int outputs, double drift)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents, rank, inputs, outputs, drift);
        double total = updates.Sum(u => u.Weight);
        double[] weights = [.. updates.Select(u => u.Weight / total)];
        var source = new MemoryFactors([.. updates.Select(u => u.Adapter.Modules[Given.Module])]);
        Survey survey = Survey.Of(source, weights, weights, broadcast.Modules[Given.Module], threads: 1);
        return (new IdealUpdate(source, weights, threads: 1), survey.Mean, DenseReference.Ideal(broadcast, updates, Given.Module));
    }
}
