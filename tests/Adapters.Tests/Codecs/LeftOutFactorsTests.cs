using EdgeFlora.Adapters.Codecs;

namespace EdgeFlora.Adapters.Tests.Codecs;

/// <summary>Differences that leave out factors equal to the reference's.</summary>
public sealed class LeftOutFactorsTests
{
    private const string Query = "bert.layer.0.self.query";
    private const string Value = "bert.layer.0.self.value";

    private static readonly AdapterReference Reference = new(SampleAdapter.Create(seed: 2));

    public static TheoryData<string> Codecs => ["fp32", "fp16", "bf16", "int8", "int4", "topk:25"];

    [Theory]
    [MemberData(nameof(Codecs))]
    public void What_is_left_out_comes_from_the_reference_and_the_rest_as_if_all_had_been_sent(string codec)
    {
        var leftOut = new FrozenFactors([Query], [Query, Value]);
        LoraAdapter adapter = EqualIn(leftOut);
        AdapterCodec chosen = AdapterCodec.Parse(codec);

        byte[] payload = chosen.Encode(adapter, Reference, leftOut);

        SampleAdapter.AssertSameBits(
            AdapterPayload.Decode(chosen.Encode(adapter, Reference), Reference.Shape, Reference),
            AdapterPayload.Decode(payload, Reference.Shape, Reference));
        Assert.Equal(chosen.PayloadLength(Reference.Shape, difference: true, leftOut), payload.Length);
        Assert.Equal(leftOut, AdapterPayload.Describe(payload, Reference.Shape.ParameterCount).LeftOut);
    }

    [Fact]
    public void Nothing_left_out_is_the_payload_older_builds_know()
    {
        LoraAdapter adapter = SampleAdapter.Create(seed: 3);
        AdapterCodec codec = AdapterCodec.Parse("int8");

        Assert.Equal(codec.Encode(adapter, Reference), codec.Encode(adapter, Reference, FrozenFactors.None));
        Assert.Equal(codec.Encode(adapter, Reference), codec.Encode(adapter, Reference, new FrozenFactors(["no.module"], [])));
        Assert.Equal(FrozenFactors.None, AdapterPayload.Describe(codec.Encode(adapter, Reference), Reference.Shape.ParameterCount).LeftOut);
    }

    [Fact]
    public void A_factor_left_out_saves_its_values()
    {
        var leftOut = new FrozenFactors([], [Query]);
        AdapterCodec codec = AdapterCodec.Parse("fp32");

        // B of the query layer: 48 outputs by rank 4; each of the two modules gets a mark of one byte.
        Assert.Equal(
            codec.PayloadLength(Reference.Shape, difference: true) - (4 * 48 * 4) + 2,
            codec.PayloadLength(Reference.Shape, difference: true, leftOut));
    }

    [Fact]
    public void A_factor_that_is_not_the_references_can_not_be_left_out()
    {
        var leftOut = new FrozenFactors([Query], []);

        ArgumentException changed = Assert.Throws<ArgumentException>(
            () => AdapterCodec.Parse("int8").Encode(SampleAdapter.Create(seed: 3), Reference, leftOut));
        ArgumentException whole = Assert.Throws<ArgumentException>(
            () => AdapterCodec.Parse("int8").Encode(SampleAdapter.Create(seed: 3), reference: null, leftOut));
        var feedback = new ErrorFeedback(Reference.Shape);
        Assert.Throws<ArgumentException>(
            () => feedback.Encode(AdapterCodec.Parse("int8"), SampleAdapter.Create(seed: 3), Reference, "task", leftOut));

        Assert.StartsWith($"A of module '{Query}' is not the reference's", changed.Message, StringComparison.Ordinal);
        Assert.StartsWith("Factors are left out of differences only", whole.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_payload_that_says_it_leaves_something_out_and_does_not_is_refused()
    {
        var leftOut = new FrozenFactors([Query], []);
        byte[] payload = AdapterCodec.Parse("int8").Encode(EqualIn(leftOut), Reference, leftOut);
        int mark = payload.AsSpan().IndexOf("self.query"u8) + "self.query".Length + 8;
        Assert.Equal(1, payload[mark]);

        Assert.Contains("expected format 1", Refusal(payload, mark, 0), StringComparison.Ordinal);
        Assert.Contains("is 4, expected 0 … 3", Refusal(payload, mark, 4), StringComparison.Ordinal);
        Assert.Contains("bytes of values, expected", Refusal(payload, mark, 3), StringComparison.Ordinal);
        Assert.Contains("format is 3, expected 1", Refusal(payload, 4, 3), StringComparison.Ordinal);
    }

    private static string Refusal(byte[] payload, int position, byte value)
    {
        byte[] bad = [.. payload];
        bad[position] = value;
        return Assert.Throws<AdapterFormatException>(() => AdapterPayload.Decode(bad, Reference.Shape, Reference)).Message;
    }

    /// <summary>Other values everywhere but in these factors.</summary>
    private static LoraAdapter EqualIn(FrozenFactors factors)
    {
        LoraAdapter adapter = SampleAdapter.Create(seed: 3);
        foreach ((string module, LoraFactors of) in Reference.Adapter.Modules)
        {
            if (factors.HasA(module))
            {
                of.A.Values.CopyTo(adapter.Modules[module].A.Values);
            }

            if (factors.HasB(module))
            {
                of.B.Values.CopyTo(adapter.Modules[module].B.Values);
            }
        }

        return adapter;
    }
}
