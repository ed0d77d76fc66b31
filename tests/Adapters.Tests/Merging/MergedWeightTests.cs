using EdgeFlora.Adapters.Initialization;
using EdgeFlora.Adapters.Merging;

namespace EdgeFlora.Adapters.Tests.Merging;

public sealed class MergedWeightTests
{
    // Rank 4 products and one sum in single precision: a handful of roundings of 6e-8 of values below 4.
    private const double Tolerance = 2e-6;

    [Theory]
    [InlineData(AdapterVariant.Lora)]
    [InlineData(AdapterVariant.RsLora)]
    [InlineData(AdapterVariant.Dora)]
    [InlineData(AdapterVariant.Hira)]
    public void It_is_the_definition_value_by_value(AdapterVariant variant)
    {
        LoraAdapter adapter = SampleAdapter.Create(seed: 3, variant, scale: 0.7f);
        (string name, LoraFactors factors) = adapter.Modules.First();
        float[] magnitude = variant == AdapterVariant.Dora ? adapter.Saved[name + ModuleNames.MagnitudeSuffix].Values : [];
        float[] before = Weight(factors.Outputs * factors.Inputs);
        float[] merged = [.. before];

        MergedWeight.Apply(adapter.Settings, factors, magnitude, merged);

        for (int o = 0; o < factors.Outputs; o++)
        {
            double[] row = [.. Enumerable.Range(0, factors.Inputs).Select(
                i => Adapted(adapter.Settings, factors, before[(o * factors.Inputs) + i], o, i))];
            double length = Math.Sqrt(row.Sum(w => w * w));
            for (int i = 0; i < factors.Inputs; i++)
            {
                double expected = variant == AdapterVariant.Dora ? magnitude[o] / length * row[i] : row[i];
                Assert.Equal(expected, merged[(o * factors.Inputs) + i], Tolerance);
            }
        }
    }

    [Theory]
    [InlineData(AdapterVariant.Lora)]
    [InlineData(AdapterVariant.Dora)]
    [InlineData(AdapterVariant.Hira)]
    public void With_B_of_zero_the_weight_keeps_its_bits(AdapterVariant variant)
    {
        LoraAdapter adapter = SampleAdapter.Create(seed: 3, variant);
        LoraFactors factors = adapter.Modules.First().Value;
        factors.B.Values.Clear();
        float[] before = Weight(factors.Outputs * factors.Inputs);
        float[] magnitude = variant == AdapterVariant.Dora ? [.. before.Chunk(factors.Inputs).Select(row => RowLength.Of(row))] : [];
        float[] merged = [.. before];

        MergedWeight.Apply(adapter.Settings, factors, magnitude, merged);

        Assert.Equal(before.Select(BitConverter.SingleToInt32Bits), merged.Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        var random = new Random(1);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        var factors = new LoraFactors(new(16, 300, Values(16 * 300)), new(700, 16, Values(700 * 16)));
        LoraSettings settings = SampleAdapter.Settings(rank: 16);
        float[] one = Weight(700 * 300);
        float[] three = [.. one];

        MergedWeight.Apply(settings, factors, [], one);
        MergedWeight.Apply(settings, factors, [], three, threads: 3);

        Assert.Equal(one, three);
    }

    [Fact]
    public void A_row_of_zeros_stays_one_under_DoRA()
    {
        LoraAdapter adapter = SampleAdapter.Create(seed: 3, AdapterVariant.Dora);
        LoraFactors factors = adapter.Modules.First().Value;
        factors.B.Values.Clear();
        float[] weight = new float[factors.Outputs * factors.Inputs];

        MergedWeight.Apply(adapter.Settings, factors, new float[factors.Outputs], weight);

        Assert.All(weight, value => Assert.Equal(0, value));
    }

    [Fact]
    public void What_does_not_fit_or_leaves_the_finite_numbers_is_refused()
    {
        LoraAdapter adapter = SampleAdapter.Create(seed: 3);
        LoraFactors factors = adapter.Modules.First().Value;
        float[] weight = Weight(factors.Outputs * factors.Inputs);

        Assert.Throws<ArgumentException>(() => MergedWeight.Apply(adapter.Settings, factors, [], weight.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => MergedWeight.Apply(adapter.Settings, factors, new float[factors.Outputs], weight));
        factors.A.Values.Fill(1e30f);
        factors.B.Values.Fill(1e30f);
        Assert.Throws<ArithmeticException>(() => MergedWeight.Apply(adapter.Settings, factors, [], weight));
    }

    private static double Adapted(LoraSettings settings, LoraFactors factors, double weight, int output, int input)
    {
        double delta = settings.Scale * Enumerable.Range(0, factors.Rank).Sum(r => (double)factors.B[output, r] * factors.A[r, input]);
        return settings.Variant == AdapterVariant.Hira ? weight + (weight * delta) : weight + delta;
    }

    private static float[] Weight(int count)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextSingle()) - 1)];
    }
}
