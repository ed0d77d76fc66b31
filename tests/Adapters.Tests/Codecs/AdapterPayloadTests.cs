using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;

namespace EdgeFlora.Adapters.Tests.Codecs;

/// <summary>What comes back out of a payload.</summary>
public sealed class AdapterPayloadTests
{
    [Theory]
    [InlineData(AdapterVariant.Lora)]
    [InlineData(AdapterVariant.RsLora)]
    [InlineData(AdapterVariant.Dora)]
    [InlineData(AdapterVariant.Hira)]
    public void Single_precision_returns_bit_by_bit_with_its_settings(AdapterVariant variant)
    {
        LoraAdapter adapter = SampleAdapter.Create(seed: 1, variant, alpha: 0.3);

        byte[] payload = AdapterCodec.Parse("fp32").Encode(adapter);

        LoraAdapter decoded = AdapterPayload.Decode(payload, AdapterShape.Of(adapter));
        SampleAdapter.AssertSameBits(adapter, decoded);
        Assert.Equivalent(adapter.Settings, AdapterPayload.Describe(payload, adapter.ParameterCount).Shape.Settings, strict: true);
    }

    [Theory]
    [InlineData("fp16", 11, 0)]
    [InlineData("bf16", 8, 0)]
    [InlineData("int8", 0, 127)]
    [InlineData("int4", 0, 7)]
    public void A_value_is_off_by_at_most_half_a_step(string codec, int significantBits, int levels)
    {
        foreach (float scale in new[] { 1e-6f, 0.1f, 1e4f })
        {
            LoraAdapter adapter = SampleAdapter.Create(seed: 3, scale: scale);

            LoraAdapter decoded = AdapterPayload.Decode(AdapterCodec.Parse(codec).Encode(adapter), AdapterShape.Of(adapter));

            foreach (((string name, Memory<float> expected), (_, Memory<float> actual)) in SampleAdapter.Tensors(adapter).Zip(
                SampleAdapter.Tensors(decoded)))
            {
                for (int i = 0; i < expected.Length; i++)
                {
                    double tolerance = levels > 0
                        ? HalfStep(expected.Span[(i / 64 * 64)..Math.Min((i / 64 * 64) + 64, expected.Length)], levels)
                        : Math.Max(Math.ScaleB(MathF.Abs(expected.Span[i]), -significantBits), Math.ScaleB(1, -25)); // subnormal halves step by 2⁻²⁴
                    Assert.True(
                        Math.Abs(actual.Span[i] - expected.Span[i]) <= tolerance,
                        $"{name}[{i}] at scale {scale}: {actual.Span[i]} for {expected.Span[i]}, tolerance {tolerance}");
                }
            }
        }
    }

    [Theory]
    [InlineData("int8", 127)]
    [InlineData("int4", 7)]
    public void The_product_of_gaussian_factors_is_off_by_what_uniform_rounding_predicts(string codec, int levels)
    {
        const int Rank = 16, Size = 256;
        SeededRandom random = SeededRandom.For(1, "gaussian factors");
        var settings = new LoraSettings { Rank = Rank, Alpha = Rank, TargetModules = ["q"] };
        Matrix Gaussian(int rows, int columns) =>
            new(rows, columns, [.. Enumerable.Range(0, rows * columns).Select(_ => (float)random.NextGaussian())]);
        var adapter = new LoraAdapter(settings, [KeyValuePair.Create("q", new LoraFactors(Gaussian(Rank, Size), Gaussian(Size, Rank)))]);

        LoraAdapter decoded = AdapterPayload.Decode(AdapterCodec.Parse(codec).Encode(adapter), AdapterShape.Of(adapter));

        // The largest of 64 normal magnitudes is 2.53 on average, so a step is 2.53/levels and the error of a factor 1/√12 of that, √2 for two
        // factors. 15 %: the scale's rounding up (0.4 % on average), the spread of the largest, and for int4 the product of both errors.
        double predicted = Math.Sqrt(2) * 2.53 / levels / Math.Sqrt(12);
        Assert.InRange(RelativeProductError(adapter.Modules["q"], decoded.Modules["q"]), predicted * 0.85, predicted * 1.15);
    }

    [Fact]
    public void A_difference_is_as_exact_as_the_change_is_small()
    {
        LoraAdapter start = SampleAdapter.Create(seed: 1);
        LoraAdapter trained = start.Clone();
        LoraAdapter change = SampleAdapter.Create(seed: 2, scale: 1e-3f);
        foreach (((_, Memory<float> values), (_, Memory<float> step)) in SampleAdapter.Tensors(trained).Zip(SampleAdapter.Tensors(change)))
        {
            for (int i = 0; i < values.Length; i++)
            {
                values.Span[i] += step.Span[i];
            }
        }

        var reference = new AdapterReference(start);
        LoraAdapter decoded = AdapterPayload.Decode(AdapterCodec.Parse("int8").Encode(trained, reference), AdapterShape.Of(start), reference);

        // Half a step of int8 for changes below 1e-3, plus two roundings of numbers below 0.1 to single precision.
        double tolerance = HalfStep([1e-3f], 127) + (2 * Math.ScaleB(0.11, -24));
        foreach (((_, Memory<float> expected), (_, Memory<float> actual)) in SampleAdapter.Tensors(trained).Zip(SampleAdapter.Tensors(decoded)))
        {
            Assert.All(expected.ToArray().Zip(actual.ToArray()), pair => Assert.InRange(pair.Second - pair.First, -tolerance, tolerance));
        }
    }

    private static double RelativeProductError(LoraFactors exact, LoraFactors rounded)
    {
        double error = 0, length = 0;
        for (int row = 0; row < exact.Outputs; row++)
        {
            for (int column = 0; column < exact.Inputs; column++)
            {
                double x = 0, y = 0;
                for (int k = 0; k < exact.Rank; k++)
                {
                    x += (double)exact.B[row, k] * exact.A[k, column];
                    y += (double)rounded.B[row, k] * rounded.A[k, column];
                }

                error += (x - y) * (x - y);
                length += x * x;
            }
        }

        return Math.Sqrt(error / length);
    }

    // The scale is the largest magnitude over the levels, rounded up to 8 significant bits: at most 2⁻⁷ more. Below 2⁻¹²⁶ nothing is tested.
    private static double HalfStep(ReadOnlySpan<float> block, int levels)
    {
        double largest = 0;
        foreach (float value in block)
        {
            largest = Math.Max(largest, Math.Abs((double)value));
        }

        return largest / levels * (1 + Math.ScaleB(1, -7)) / 2;
    }
}
