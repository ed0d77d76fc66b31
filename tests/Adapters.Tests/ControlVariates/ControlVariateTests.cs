using EdgeFlora.Adapters.ControlVariates;
using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Adapters.Tests.ControlVariates;

public sealed class ControlVariateTests
{
    private const double Rate = 0.25;

    [Fact]
    public void An_agents_variate_is_what_its_steps_went_without_what_was_taken_off_them()
    {
        LoraAdapter after = ControlVariate.After(Filled(1), Filled(0.5f), Filled(3), Filled(7), Rate, FrozenFactors.None);

        // cᵢ − c + (x − y)/η
        Assert.All(Values(after), value => Assert.Equal(7 - 3 + (0.5f / 0.25f), value));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_one_of_its_own_nothing_was_taken_off(bool hasCommon)
    {
        LoraAdapter after = ControlVariate.After(Filled(1), Filled(0.5f), hasCommon ? Filled(3) : null, own: null, Rate, FrozenFactors.None);

        Assert.All(Values(after), value => Assert.Equal(2, value));
    }

    [Fact]
    public void Frozen_factors_keep_theirs()
    {
        var frozen = new FrozenFactors(["m"], []);

        LoraAdapter after = ControlVariate.After(Filled(1), Filled(0.5f), Filled(3), Filled(7), Rate, frozen);

        Assert.All(after.Modules["m"].A.Values.ToArray(), value => Assert.Equal(7, value));
        Assert.All(after.Modules["m"].B.Values.ToArray(), value => Assert.Equal(6, value));
        Assert.All(after.Saved["head"].Values, value => Assert.Equal(6, value));
    }

    [Fact]
    public void What_is_taken_off_is_the_rate_times_what_all_go_more_than_the_agent() =>
        Assert.All(Values(ControlVariate.Correction(Filled(3), Filled(7), Rate)), value => Assert.Equal(-1, value));

    [Fact]
    public void Another_shape_and_a_rate_of_zero_are_refused()
    {
        var wide = new LoraAdapter(
            new LoraSettings { Rank = 1, Alpha = 2, TargetModules = ["m"] }, [new("m", new LoraFactors(new Matrix(1, 4), new Matrix(2, 1)))]);

        Assert.Contains(
            "one shape",
            Assert.Throws<ArgumentException>(() => ControlVariate.After(Filled(1), wide, null, null, Rate, FrozenFactors.None)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ControlVariate.Correction(Filled(1), wide, Rate));
        Assert.Throws<ArgumentOutOfRangeException>(() => ControlVariate.After(Filled(1), Filled(1), null, null, 0, FrozenFactors.None));
    }

    private static LoraAdapter Filled(float value)
    {
        var factors = new LoraFactors(new Matrix(1, 3), new Matrix(2, 1));
        factors.A.Values.Fill(value);
        factors.B.Values.Fill(value);
        return new LoraAdapter(
            new LoraSettings { Rank = 1, Alpha = 2, TargetModules = ["m"], ModulesToSave = ["head"] },
            [new("m", factors)],
            [new("head", new DenseTensor([2], [value, value]))]);
    }

    private static float[] Values(LoraAdapter adapter) =>
        [.. adapter.Modules["m"].A.Values, .. adapter.Modules["m"].B.Values, .. adapter.Saved["head"].Values];
}
