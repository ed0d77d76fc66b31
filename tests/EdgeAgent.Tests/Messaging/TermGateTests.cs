using EdgeFlora.EdgeAgent.Messaging;

namespace EdgeFlora.EdgeAgent.Tests.Messaging;

public sealed class TermGateTests
{
    private static readonly Guid Run = new("11111111-1111-1111-1111-111111111111");
    private static readonly Guid NextRun = new("22222222-2222-2222-2222-222222222222");

    [Fact]
    public void A_succeeded_coordinator_is_fenced_off_and_the_next_run_begins_at_its_own_first_term()
    {
        var gate = new TermGate();

        Assert.True(gate.Admits(Run, 3));
        Assert.False(gate.Admits(Run, 2));
        Assert.True(gate.Admits(Run, 3));
        Assert.True(gate.Admits(NextRun, 1));
        Assert.Equal((3, 1), (gate.HighestOf(Run), gate.HighestOf(NextRun)));
    }
}
