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

    [Theory]
    [InlineData(true, 6)]
    [InlineData(false, 2)]
    public void Frozen_factors_keep_theirs(bool hasCommon, float trained)
    {
        var frozen = new FrozenFactors(["m"], []);

        LoraAdapter after = ControlVariate.After(Filled(1), Filled(0.5f), hasCommon ? Filled(3) : null, Filled(7), Rate, frozen);

        Assert.All(after.Modules["m"].A.Values.ToArray(), value => Assert.Equal(7, value));
        Assert.All(after.Modules["m"].B.Values.ToArray(), value => Assert.Equal(trained, value));
        Assert.All(after.Saved["head"].Values, value => Assert.Equal(trained, value));
    }

    /// <summary>
    /// The variate is what the steps themselves went. A first round whose results were taken and which was skipped leaves one, and no c:
    /// the next round is judged step by step, by a slow sum of the steps' own directions.
    /// </summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void It_is_the_sum_of_the_steps_own_directions_whatever_of_both_variates_there_is(bool hasCommon, bool hasOwn)
    {
        const int Steps = 4;
        LoraAdapter? common = hasCommon ? Filled(3) : null;
        LoraAdapter? own = hasOwn ? Filled(7) : null;
        double off = common is null || own is null ? 0 : Values(ControlVariate.Correction(common, own, Rate))[0];
        double value = 1;
        double directions = 0;
        for (int step = 0; step < Steps; step++)
        {
            double direction = 0.5 * (value - 3);
            directions += direction;
            value -= (Rate * direction) + (off / Steps);
        }

        LoraAdapter after = ControlVariate.After(Filled(1), Filled((float)value), common, own, Rate, FrozenFactors.None);

        // Single precision of a value near 1, over a rate of 1/4.
        Assert.All(Values(after), found => Assert.Equal(directions, found, 1e-5));
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
