using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.EdgeAgent.Tests.Given;

namespace EdgeFlora.EdgeAgent.Tests.Tasks;

public sealed class GlobalAdapterTests
{
    private static readonly LoraSpec Spec = Offers.Bare().Lora;
    private static readonly byte[] Body = AdapterCodec.Parse("fp32").Encode(Offers.Global);

    [Fact]
    public void A_broadcast_that_is_what_the_offer_says_is_read_to_the_bit()
    {
        LoraAdapter read = GlobalAdapter.Decode(Body, Spec);

        Assert.True(read.Modules["layer.query"].A.Values.SequenceEqual(Offers.Global.Modules["layer.query"].A.Values));
    }

    [Fact]
    public void A_broadcast_of_another_rank_or_variant_is_refused_with_both()
    {
        Assert.Contains(
            "rank",
            Assert.Throws<AdapterFormatException>(() => GlobalAdapter.Decode(Body, Spec with { Rank = 8 })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "variant",
            Assert.Throws<AdapterFormatException>(() => GlobalAdapter.Decode(Body, Spec with { Variant = "Dora" })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "'7'",
            Assert.Throws<AdapterFormatException>(() => GlobalAdapter.Decode(Body, Spec with { Variant = "7" })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_body_that_is_no_adapter_is_refused() =>
        Assert.Throws<AdapterFormatException>(() => GlobalAdapter.Decode([1, 2, 3], Spec));
}
