using EdgeFlora.EdgeAgent.Messaging;

namespace EdgeFlora.EdgeAgent.Tests.Messaging;

public sealed class TermGateTests
{
    private static readonly Guid Run = new("11111111-1111-1111-1111-111111111111");
    private static readonly Guid NextRun = new("22222222-2222-2222-2222-222222222222");

    [Fact]
    public void A_term_counts_until_a_higher_one_was_seen()
    {
        var gate = new TermGate();

        Assert.Equal([true, true, true, false, true], new long[] { 1, 1, 3, 2, 3 }.Select(term => gate.Admits(Run, term)));
        Assert.Equal(3, gate.HighestOf(Run));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    [InlineData(2_000_000)]
    public void A_term_that_no_coordinator_can_have_come_to_makes_nobody_deaf(long forged)
    {
        var gate = new TermGate();
        gate.Admits(Run, 3);

        Assert.Equal([false, true], [gate.Admits(Run, forged), gate.Admits(Run, 3)]);
        Assert.Equal([false, true], [gate.Admits(NextRun, forged), gate.Admits(NextRun, 1)]);
    }

    [Fact]
    public void The_next_run_begins_at_its_own_first_term()
    {
        var gate = new TermGate();
        gate.Admits(Run, 3);

        Assert.True(gate.Admits(NextRun, 1));
        Assert.False(gate.Admits(Run, 1));
    }
}
