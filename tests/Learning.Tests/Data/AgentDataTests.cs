using EdgeFlora.Learning.Data;

namespace EdgeFlora.Learning.Tests.Data;

public sealed class AgentDataTests
{
    private static readonly Example[] Examples = [.. Enumerable.Range(0, 50).Select(i => new Example($"text {i}", null, 0))];

    [Fact]
    public void Both_parts_together_are_all_examples_in_order()
    {
        AgentData data = AgentData.Split(Examples, 0.2, seed: 1);

        Assert.Equal(10, data.HeldOut.Count);
        Assert.Equal(Examples.Except(data.HeldOut), data.Training);
        Assert.Equal(Examples.Except(data.Training), data.HeldOut);
        Assert.NotEqual(data.HeldOut, AgentData.Split(Examples, 0.2, seed: 1, agent: 1).HeldOut);
    }

    [Fact]
    public void Training_keeps_at_least_one_example()
    {
        AgentData data = AgentData.Split(Examples[..1], 0.9, seed: 1);

        Assert.Single(data.Training);
        Assert.Empty(data.HeldOut);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.0)]
    [InlineData(double.NaN)]
    public void A_fraction_outside_0_to_1_is_refused(double heldOut) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => AgentData.Split(Examples, heldOut, seed: 1));
}
