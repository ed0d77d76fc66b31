using System.Buffers.Binary;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;

namespace EdgeFlora.Adapters.Tests.Codecs;

public sealed class AdapterPayloadTests
{
    public static TheoryData<string> Codecs => ["fp32", "fp16", "bf16", "int8", "int4"];

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

            foreach (((string name, Memory<float> expected), (_, Memory<float> actual)) in SampleAdapter.Tensors(adapter).Zip(SampleAdapter.Tensors(decoded)))
            {
                for (int i = 0; i < expected.Length; i++)
                {
                    double tolerance = levels > 0
                        ? HalfStep(expected.Span[(i / 64 * 64)..Math.Min((i / 64 * 64) + 64, expected.Length)], levels)
                        : Math.Max(Math.ScaleB(MathF.Abs(expected.Span[i]), -significantBits), Math.ScaleB(1, -25)); // subnormal halves step by 2⁻²⁴
                    Assert.True(Math.Abs(actual.Span[i] - expected.Span[i]) <= tolerance, $"{name}[{i}] at scale {scale}: {actual.Span[i]} for {expected.Span[i]}, tolerance {tolerance}");
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
        Matrix Gaussian(int rows, int columns) => new(rows, columns, [.. Enumerable.Range(0, rows * columns).Select(_ => (float)random.NextGaussian())]);
        var adapter = new LoraAdapter(settings, [KeyValuePair.Create("q", new LoraFactors(Gaussian(Rank, Size), Gaussian(Size, Rank)))]);

        LoraAdapter decoded = AdapterPayload.Decode(AdapterCodec.Parse(codec).Encode(adapter), AdapterShape.Of(adapter));

        // The largest of 64 normal magnitudes is 2.53 on average, so a step is 2.53/levels and the error of a factor 1/√12 of that, √2 for two factors.
        // 15 %: the scale's rounding up (0.4 % on average), the spread of the largest, and for int4 the product of both errors.
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

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        string int8 = Convert.ToHexString(AdapterCodec.Parse("int8").Encode(Tiny()));
        string int4 = Convert.ToHexString(AdapterCodec.Parse("int4").Encode(Tiny()));

        const string Shape = "01" + "00" // codec version, no difference
            + "0100" + "0000000000000040" + "01" // rank 1, alpha 2, rsLoRA
            + "0200" + "010071" + "010076" + "0100" + "010063" // targets q and v, saved c
            + "01000000" + "010071" + "01000000" + "02000000" // one module q: 1 output, 2 inputs
            + "01000000" + "0300632E62" + "01" + "02000000"; // one tensor c.b [2]
        Assert.Equal("454641440100" + "0400696E7438" + Shape + "803F" + "7FFE" + "0000" + "00" + "623D" + "812D", int8);
        Assert.Equal("454641440100" + "0400696E7434" + Shape + "9241" + "8F" + "0000" + "88" + "803F" + "A1", int4);
    }

    [Theory]
    [InlineData("int8", 1, 0x80, "code -128")]
    [InlineData("int8", 3, 0xBD, "block scale of -0.0")] // of the last tensor's scale, the sign
    [InlineData("int8", 10, 0x7F, "block scale of Infinity")] // of the first tensor's scale, the exponent
    [InlineData("int4", 1, 0x01, "byte 0x01")] // 0 is no code
    [InlineData("int4", 4, 0x98, "byte 0x98")] // something where the tensor of one value has ended
    [InlineData("fp16", 1, 0x7C, "value 1 is Infinity")]
    public void Bytes_that_no_encoder_writes_are_refused(string codec, int fromEnd, byte value, string problem)
    {
        byte[] payload = AdapterCodec.Parse(codec).Encode(Tiny());

        payload[^fromEnd] = value;

        Assert.Contains(problem, Refusal(payload, AdapterShape.Of(Tiny())), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_out_of_order_or_with_control_characters_are_refused()
    {
        byte[] swapped = AdapterCodec.Parse("int8").Encode(Tiny());
        int targets = swapped.AsSpan().IndexOf("\u0001\0q\u0001\0v"u8);
        byte[] bell = [.. swapped];

        (swapped[targets + 2], swapped[targets + 5]) = (swapped[targets + 5], swapped[targets + 2]);
        bell[targets + 2] = 7;

        Assert.Contains("names 'q' after 'v'", DescribeRefusal(swapped), StringComparison.Ordinal);
        Assert.Contains("control character", DescribeRefusal(bell), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void The_length_is_known_beforehand(string codec)
    {
        LoraAdapter adapter = SampleAdapter.Create(seed: 1);
        var reference = new AdapterReference(SampleAdapter.Create(seed: 2));
        AdapterCodec chosen = AdapterCodec.Parse(codec);

        Assert.Equal(chosen.PayloadLength(AdapterShape.Of(adapter), difference: false), chosen.Encode(adapter).Length);
        Assert.Equal(chosen.PayloadLength(AdapterShape.Of(adapter), difference: true), chosen.Encode(adapter, reference).Length);
    }

    [Theory]
    [InlineData("int8", 1 + (2 / 64.0))]
    [InlineData("int4", 0.5 + (2 / 64.0))]
    [InlineData("topk:10", 0.125 + (0.1 * (1 + (2 / 64.0))))]
    public void An_adapter_of_the_usual_size_takes_the_bytes_promised(string codec, double bytesPerParameter)
    {
        var settings = new LoraSettings { Rank = 8, Alpha = 16, TargetModules = ["query", "value"] };
        var shape = new AdapterShape(settings, Enumerable.Range(0, 12).SelectMany(layer => new[] { "query", "value" }
            .Select(target => new ModuleShape($"bert.encoder.layer.{layer}.attention.self.{target}", 768, 768))));

        long length = AdapterCodec.Parse(codec).PayloadLength(shape, difference: true);

        // The table names 24 modules in about 60 bytes each; topk rounds the number of values up in each of 48 tensors.
        Assert.InRange(length, bytesPerParameter * shape.ParameterCount, (bytesPerParameter * shape.ParameterCount) + 2000);
    }

    [Fact]
    public void The_same_adapter_gives_the_same_bytes_whatever_order_it_was_put_together_in()
    {
        LoraAdapter adapter = SampleAdapter.Create(seed: 1);
        var reversed = new LoraAdapter(adapter.Settings with { TargetModules = ["value", "query", "value"] }, adapter.Modules.Reverse(), adapter.Saved.Reverse());

        Assert.Equal(AdapterCodec.Parse("int8").Encode(adapter), AdapterCodec.Parse("int8").Encode(reversed));
    }

    [Fact]
    public void A_reference_is_named_by_the_hash_of_its_exact_payload()
    {
        LoraAdapter adapter = SampleAdapter.Create(seed: 1);

        Assert.Equal(Adapters.Files.ContentHash.Sha256(AdapterCodec.Parse("fp32").Encode(adapter)), new AdapterReference(adapter).Hash);
    }

    [Fact]
    public void A_difference_is_refused_without_its_very_reference()
    {
        LoraAdapter adapter = SampleAdapter.Create(seed: 1);
        var reference = new AdapterReference(SampleAdapter.Create(seed: 2));
        var other = new AdapterReference(SampleAdapter.Create(seed: 3));
        byte[] payload = AdapterCodec.Parse("int8").Encode(adapter, reference);

        Assert.Contains("at hand is none", Refusal(payload, AdapterShape.Of(adapter)), StringComparison.Ordinal);
        var refusal = Assert.Throws<AdapterFormatException>(() => AdapterPayload.Decode(payload, AdapterShape.Of(adapter), other));
        Assert.Contains($"difference to the adapter {reference.Hash}, at hand is {other.Hash}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_adapter_than_expected_is_refused_with_the_difference()
    {
        LoraAdapter adapter = SampleAdapter.Create(seed: 1);
        AdapterShape shape = AdapterShape.Of(adapter);
        byte[] payload = AdapterCodec.Parse("int8").Encode(adapter);
        LoraSettings settings = adapter.Settings;

        (string Problem, AdapterShape Expected)[] cases =
        [
            ("its rank is 4, expected 5", new(settings with { Rank = 5 }, shape.Modules, shape.Saved)),
            ("its alpha is 8, expected 9", new(settings with { Alpha = 9 }, shape.Modules, shape.Saved)),
            ("its variant is Lora, expected RsLora", new(settings with { Variant = AdapterVariant.RsLora }, shape.Modules, shape.Saved)),
            ("its list of target modules is (query, value), expected (query)", new(settings with { TargetModules = ["query"] }, shape.Modules, shape.Saved)),
            ("module 'bert.layer.0.self.query' is [48×32], expected [48×31]", new(settings, [shape.Modules[0] with { Inputs = 31 }, shape.Modules[1]], shape.Saved)),
            ("module 'bert.layer.0.self.value' is not expected", new(settings, [shape.Modules[0]], shape.Saved)),
            ("module 'a.query' [1×1] is missing", new(settings, [.. shape.Modules, new("a.query", 1, 1)], shape.Saved)),
            ("tensor 'classifier.weight' is [3×32], expected [32×3]", new(settings, shape.Modules, [shape.Saved[0], new("classifier.weight", [32, 3])])),
        ];

        Assert.All(cases, c => Assert.Contains(c.Problem, Refusal(payload, c.Expected), StringComparison.Ordinal));
    }

    [Fact]
    public void Claims_beyond_the_payload_are_refused_before_anything_is_allocated()
    {
        LoraAdapter adapter = SampleAdapter.Create(seed: 1);
        byte[] good = AdapterCodec.Parse("int8").Encode(adapter);
        int inputs = good.AsSpan().IndexOf("self.query"u8) + "self.query".Length + 4;
        int modules = good.AsSpan().IndexOf("bert.layer.0.self.query"u8) - 6;

        byte[] wide = Patched(good, inputs, int.MaxValue / 5);
        byte[] impossible = Patched(good, inputs, int.MaxValue);
        byte[] many = Patched(good, modules, int.MaxValue);

        Assert.Contains("bytes of values, expected", DescribeRefusal(wide), StringComparison.Ordinal);
        Assert.Contains("describes no possible adapter", DescribeRefusal(impossible), StringComparison.Ordinal);
        Assert.Throws<AdapterFormatException>(() => AdapterPayload.Describe(many, long.MaxValue));
        Assert.Contains($"{adapter.ParameterCount} parameters, at most 100", DescribeRefusal(good, 100), StringComparison.Ordinal);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<AdapterFormatException>(() => AdapterPayload.Describe(wide, long.MaxValue));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000); // the claim is 2 GB
    }

    [Theory]
    [InlineData("fp16", 65536f)]
    [InlineData("bf16", float.MaxValue)]
    [InlineData("int8", float.MaxValue)]
    [InlineData("int4", float.NaN)]
    [InlineData("fp32", float.PositiveInfinity)]
    public void A_value_the_codec_cannot_carry_is_refused_with_its_tensor(string codec, float value)
    {
        LoraAdapter adapter = SampleAdapter.Create(seed: 1);
        adapter.Saved["classifier.weight"].Values[5] = value;

        var refusal = Assert.Throws<AdapterFormatException>(() => AdapterCodec.Parse(codec).Encode(adapter));

        Assert.Contains("tensor 'classifier.weight': value 5 is", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("int7")]
    [InlineData("topk:0")]
    [InlineData("topk:100")]
    [InlineData("topk:05")]
    [InlineData("topk:+5")]
    [InlineData("topk:")]
    [InlineData("")]
    public void An_unknown_codec_is_refused_with_those_there_are(string name) =>
        Assert.Contains(AdapterCodec.Names, Assert.Throws<AdapterFormatException>(() => AdapterCodec.Parse(name)).Message, StringComparison.Ordinal);

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

    private static LoraAdapter Tiny() => new(
        new LoraSettings { Rank = 1, Alpha = 2, Variant = AdapterVariant.RsLora, TargetModules = ["v", "q"], ModulesToSave = ["c"] },
        [KeyValuePair.Create("q", new LoraFactors(new Matrix(1, 2, [127f, -1.5f]), new Matrix(1, 1, [0f])))],
        [KeyValuePair.Create("c.b", new DenseTensor([2], [-7f, 2.5f]))]);

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

    private static byte[] Patched(byte[] payload, int position, int value)
    {
        byte[] patched = [.. payload];
        BinaryPrimitives.WriteInt32LittleEndian(patched.AsSpan(position), value);
        return patched;
    }

    private static string Refusal(byte[] payload, AdapterShape expected) =>
        Assert.Throws<AdapterFormatException>(() => AdapterPayload.Decode(payload, expected)).Message;

    private static string DescribeRefusal(byte[] payload, long maxParameters = long.MaxValue) =>
        Assert.Throws<AdapterFormatException>(() => AdapterPayload.Describe(payload, maxParameters)).Message;
}
