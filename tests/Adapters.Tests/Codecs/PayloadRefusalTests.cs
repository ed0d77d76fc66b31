using System.Buffers.Binary;
using EdgeFlora.Adapters.Codecs;

namespace EdgeFlora.Adapters.Tests.Codecs;

/// <summary>Payloads, adapters and codec names that are not taken, and what is said of them.</summary>
public sealed class PayloadRefusalTests
{
    [Theory]
    [InlineData("int8", 1, 0x80, "code -128")]
    [InlineData("int8", 3, 0xBD, "block scale of -0.0")] // of the last tensor's scale, the sign
    [InlineData("int8", 10, 0x7F, "block scale of Infinity")] // of the first tensor's scale, the exponent
    [InlineData("int4", 1, 0x01, "byte 0x01")] // 0 is no code
    [InlineData("int4", 4, 0x98, "byte 0x98")] // something where the tensor of one value has ended
    [InlineData("fp16", 1, 0x7C, "value 1 is Infinity")]
    public void Bytes_that_no_encoder_writes_are_refused(string codec, int fromEnd, byte value, string problem)
    {
        byte[] payload = AdapterCodec.Parse(codec).Encode(SampleAdapter.Tiny());

        payload[^fromEnd] = value;

        Assert.Contains(problem, Refusal(payload, AdapterShape.Of(SampleAdapter.Tiny())), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_out_of_order_or_with_control_characters_are_refused()
    {
        byte[] swapped = AdapterCodec.Parse("int8").Encode(SampleAdapter.Tiny());
        int targets = swapped.AsSpan().IndexOf("\u0001\0q\u0001\0v"u8);
        byte[] bell = [.. swapped];

        (swapped[targets + 2], swapped[targets + 5]) = (swapped[targets + 5], swapped[targets + 2]);
        bell[targets + 2] = 7;

        Assert.Contains("names 'q' after 'v'", DescribeRefusal(swapped), StringComparison.Ordinal);
        Assert.Contains("control character", DescribeRefusal(bell), StringComparison.Ordinal);
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
            ("its list of target modules is (query, value), expected (query)", new(
                settings with { TargetModules = ["query"] }, shape.Modules, shape.Saved)),
            ("module 'bert.layer.0.self.query' is [48×32], expected [48×31]", new(
                settings, [shape.Modules[0] with { Inputs = 31 }, shape.Modules[1]], shape.Saved)),
            ("module 'bert.layer.0.self.value' is not expected", new(settings, [shape.Modules[0]], shape.Saved)),
            ("module 'a.query' [1×1] is missing", new(settings, [.. shape.Modules, new("a.query", 1, 1)], shape.Saved)),
            ("tensor 'classifier.weight' is [3×32], expected [32×3]", new(
                settings, shape.Modules, [shape.Saved[0], new("classifier.weight", [32, 3])])),
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
