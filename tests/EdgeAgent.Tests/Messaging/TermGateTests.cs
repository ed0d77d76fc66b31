using EdgeFlora.EdgeAgent.Messaging;

namespace EdgeFlora.EdgeAgent.Tests.Messaging;

public sealed class TermGateTests
{
    [Fact]
    public void A_term_counts_until_a_higher_one_was_seen()
    {
        var gate = new TermGate();

        Assert.Equal([true, true, true, false, true], new long[] { 1, 1, 3, 2, 3 }.Select(gate.Admits));
        Assert.Equal(3, gate.Highest);
    }
}
