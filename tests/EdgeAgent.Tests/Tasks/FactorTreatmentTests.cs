using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.EdgeAgent.Tests.Given;

namespace EdgeFlora.EdgeAgent.Tests.Tasks;

public sealed class FactorTreatmentTests
{
    private const string Module = "layer.query";

    /// <summary>The model is looked at for a personal head only.</summary>
    private const string NoFolder = "";

    [Fact]
    public void Without_rules_everything_is_trained_and_sent()
    {
        var factors = FactorTreatment.Of(Offers.Bare(), Offers.Global, NoFolder);

        Assert.Equal((FrozenFactors.None, FrozenFactors.None), (factors.Frozen, factors.Unsent));
        Assert.Empty(factors.OwnB);
        Assert.Empty(factors.NewBasis);
        Assert.Same(Offers.Global, factors.ToSend(Offers.Global, Trained(1)));
    }

    [Theory]
    [InlineData(false, true, false, "A(layer.query) B()", "A(layer.query) B()")]
    [InlineData(true, false, false, "A() B(layer.query)", "A() B(layer.query)")]
    [InlineData(true, true, true, "A() B()", "A() B(layer.query)")]
    public void A_rule_says_what_is_frozen_and_what_is_not_sent(bool trainA, bool trainB, bool keepB, string frozen, string unsent)
    {
        FactorTreatment factors = Of(new FactorRule { Modules = [Module], TrainA = trainA, TrainB = trainB, KeepB = keepB });

        Assert.Equal((frozen, unsent), (factors.Frozen.ToString(), factors.Unsent.ToString()));
    }

    [Fact]
    public void An_own_B_takes_the_place_of_the_published_one_to_train_and_gives_it_back_to_send()
    {
        FactorTreatment factors = Of(new FactorRule { Modules = [Module], KeepB = true });
        LoraAdapter kept = Trained(seed: 4);

        LoraAdapter start = factors.ToTrain(Offers.Global, kept);
        LoraAdapter sent = factors.ToSend(Trained(seed: 5), Offers.Global);

        Assert.Equal(Offers.Global.Modules[Module].A.Values.ToArray(), start.Modules[Module].A.Values.ToArray());
        Assert.Equal(kept.Modules[Module].B.Values.ToArray(), start.Modules[Module].B.Values.ToArray());
        Assert.Equal(Offers.Global.Saved["classifier.weight"].Values, start.Saved["classifier.weight"].Values);
        Assert.Equal(Trained(seed: 5).Modules[Module].A.Values.ToArray(), sent.Modules[Module].A.Values.ToArray());
        Assert.Equal(Offers.Global.Modules[Module].B.Values.ToArray(), sent.Modules[Module].B.Values.ToArray());
        Assert.Same(Offers.Global, factors.ToTrain(Offers.Global, kept: null));
    }

    public static TheoryData<FactorRule?[]?, string> Wrong => new()
    {
        { null, "a rule is null" },
        { [null], "a rule is null" },
        { [new FactorRule { Modules = null! }], "a rule is null" },
        { [new FactorRule { Modules = [null!] }], "no module ''" },
        { [new FactorRule { Modules = ["layer.key"] }], "no module 'layer.key'" },
        { [new FactorRule { Modules = [Module] }, new FactorRule { Modules = [Module], TrainA = false }], "two rules name module 'layer.query'" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Rules_that_can_not_be_obeyed_are_declined(FactorRule?[]? rules, string why)
    {
        DeclinedException declined = Assert.Throws<DeclinedException>(
            () => FactorTreatment.Of(Offers.Bare() with { Factors = rules! }, Offers.Global, NoFolder));

        Assert.Equal(DeclineReason.Contract, declined.Reason);
        Assert.Contains(why, declined.Message, StringComparison.Ordinal);
    }

    private static FactorTreatment Of(FactorRule rule) => FactorTreatment.Of(Offers.Bare() with { Factors = [rule] }, Offers.Global, NoFolder);

    private static LoraAdapter Trained(ulong seed) => Offers.Trained(seed);
}
