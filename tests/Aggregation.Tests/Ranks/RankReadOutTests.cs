using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Ranks;

namespace EdgeFlora.Aggregation.Tests.Ranks;

public sealed class RankReadOutTests
{
    [Theory]
    [InlineData(Gauge.Balanced)]
    [InlineData(Gauge.Principal)]
    [InlineData(Gauge.Anchored)]
    public void Read_outs_are_nested_to_the_bit(Gauge gauge)
    {
        LoraAdapter global = Given.Single(Given.Factors(rank: 8, inputs: 30, outputs: 24, seed: 1));
        LoraFactors eight = RankReadOut.Of(global, 8, gauge).Modules[Given.Module];

        foreach (int rank in new[] { 1, 2, 4, 7 })
        {
            LoraFactors less = RankReadOut.Of(global, rank, gauge).Modules[Given.Module];
            Assert.Equal(eight.A.Values[..(rank * 30)].ToArray(), less.A.Values.ToArray());
            Assert.All(Enumerable.Range(0, 24), row => Assert.Equal(eight.B.Row(row)[..rank].ToArray(), less.B.Row(row).ToArray()));
        }
    }

    [Theory]
    [InlineData(AdapterVariant.Lora)]
    [InlineData(AdapterVariant.RsLora)]
    public void What_fits_means_the_same_change_of_the_model_at_every_rank(AdapterVariant variant)
    {
        // A product of rank 2 in factors of rank 8: whoever holds two components holds all of it.
        LoraFactors two = Given.Factors(rank: 2, inputs: 30, outputs: 24, seed: 2);
        LoraFactors wide = Padding.ToRank(two, 8);
        var settings = new LoraSettings { Rank = 8, Alpha = 12, Variant = variant, TargetModules = ["query"] };
        var global = new LoraAdapter(settings, [KeyValuePair.Create(Given.Module, wide)]);
        double[,] change = DenseReference.Product(wide, settings.Scale);

        foreach (int rank in new[] { 2, 3, 5, 8 })
        {
            LoraAdapter read = RankReadOut.Of(global, rank, Gauge.Balanced);
            double[,] same = DenseReference.Product(read.Modules[Given.Module], read.Settings.Scale);
            Assert.InRange(DenseReference.Distance(change, same) / DenseReference.Length(change), 0, 1e-6);
            Assert.Equal(variant == AdapterVariant.Lora ? 12.0 * rank / 8 : 12 * Math.Sqrt(rank / 8.0), read.Settings.Alpha, tolerance: 1e-12);
        }
    }

    [Fact]
    public void A_lower_rank_is_the_best_that_Eckart_and_Young_allow()
    {
        LoraAdapter global = Given.Single(Given.Factors(rank: 8, inputs: 30, outputs: 24, seed: 4));
        double[,] product = DenseReference.Product(global.Modules[Given.Module]);

        foreach (int rank in new[] { 1, 3, 6 })
        {
            LoraAdapter read = RankReadOut.Of(global, rank, Gauge.Balanced);
            Assert.Equal(DenseReference.Bound(product, rank), DenseReference.Error(read.Modules[Given.Module], product), tolerance: 1e-6);
        }
    }

    [Fact]
    public void A_fresh_adapter_keeps_its_first_rows_and_no_read_out_has_a_dead_component()
    {
        LoraFactors fresh = Given.Factors(rank: 6, inputs: 30, outputs: 24, seed: 5);
        fresh.B.Values.Clear();
        LoraFactors ofFresh = RankReadOut.Of(Given.Single(fresh), 4, Gauge.Balanced).Modules[Given.Module];
        Assert.Equal(fresh.A.Values[..(4 * 30)].ToArray(), ofFresh.A.Values.ToArray());

        LoraFactors narrow = Padding.ToRank(Given.Factors(rank: 2, inputs: 30, outputs: 24, seed: 6), 6);
        LoraFactors read = RankReadOut.Of(Given.Single(narrow), 4, Gauge.Balanced).Modules[Given.Module];
        Assert.All(Enumerable.Range(0, 4), row => Assert.True(read.A.Row(row).ContainsAnyExcept(0f)));
    }
}
