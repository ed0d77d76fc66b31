using EdgeFlora.Adapters.Codecs;

namespace EdgeFlora.Adapters.Tests.Codecs;

/// <summary>The bytes of a payload: their layout, their number and their hash.</summary>
public sealed class PayloadFormatTests
{
    public static TheoryData<string> Codecs => ["fp32", "fp16", "bf16", "int8", "int4"];

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        string int8 = Convert.ToHexString(AdapterCodec.Parse("int8").Encode(SampleAdapter.Tiny()));
        string int4 = Convert.ToHexString(AdapterCodec.Parse("int4").Encode(SampleAdapter.Tiny()));

        const string Shape = "01" + "00" // codec version, no difference
            + "0100" + "0000000000000040" + "01" // rank 1, alpha 2, rsLoRA
            + "0200" + "010071" + "010076" + "0100" + "010063" // targets q and v, saved c
            + "01000000" + "010071" + "01000000" + "02000000" // one module q: 1 output, 2 inputs
            + "01000000" + "0300632E62" + "01" + "02000000"; // one tensor c.b [2]
        Assert.Equal("454641440100" + "0400696E7438" + Shape + "803F" + "7FFE" + "0000" + "00" + "623D" + "812D", int8);
        Assert.Equal("454641440100" + "0400696E7434" + Shape + "9241" + "8F" + "0000" + "88" + "803F" + "A1", int4);
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
        var reversed = new LoraAdapter(
            adapter.Settings with { TargetModules = ["value", "query", "value"] }, adapter.Modules.Reverse(), adapter.Saved.Reverse());

        Assert.Equal(AdapterCodec.Parse("int8").Encode(adapter), AdapterCodec.Parse("int8").Encode(reversed));
    }

    [Fact]
    public void A_reference_is_named_by_the_hash_of_its_exact_payload()
    {
        LoraAdapter adapter = SampleAdapter.Create(seed: 1);

        Assert.Equal(Adapters.Files.ContentHash.Sha256(AdapterCodec.Parse("fp32").Encode(adapter)), new AdapterReference(adapter).Hash);
    }
}
