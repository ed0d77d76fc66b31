namespace EdgeFlora.Adapters.Tests;

public sealed class FrozenFactorsTests
{
    private const string Query = "bert.layer.0.self.query";
    private const string Value = "bert.layer.0.self.value";

    [Theory]
    [InlineData(Query, true, "A of module 'bert.layer.0.self.query'")]
    [InlineData(Value, false, "B of module 'bert.layer.0.self.value'")]
    [InlineData(Query, false, null)]
    [InlineData(Value, true, null)]
    public void The_first_frozen_factor_that_changed_is_named(string module, bool a, string? named)
    {
        var frozen = new FrozenFactors(a: [Query], b: [Value]);
        LoraAdapter before = SampleAdapter.Create(seed: 1);
        LoraAdapter after = before.Clone();
        LoraFactors factors = after.Modules[module];
        (a ? factors.A : factors.B).Values[^1] += 1e-6f;

        Assert.Equal(named, frozen.FirstChange(before, after));
        Assert.Null(frozen.FirstChange(before, before.Clone()));
    }

    [Fact]
    public void Equality_and_text_follow_the_content()
    {
        var one = new FrozenFactors(["x", "y"], []);

        Assert.Equal(one, new FrozenFactors(["y", "x"], []));
        Assert.Equal(one.GetHashCode(), new FrozenFactors(["y", "x"], []).GetHashCode());
        Assert.NotEqual(one, new FrozenFactors([], ["x", "y"]));
        Assert.Equal("A(x,y) B()", one.ToString());
    }
}
