using EdgeFlora.EdgeAgent.Messaging;
using EdgeFlora.EdgeAgent.Tests.Given;

namespace EdgeFlora.EdgeAgent.Tests.Messaging;

public sealed class TermGateTests
{
    private static readonly Guid Run = new("11111111-1111-1111-1111-111111111111");
    private static readonly Guid NextRun = new("22222222-2222-2222-2222-222222222222");

    private readonly SetTime clock = new();

    [Fact]
    public void A_term_counts_until_a_higher_one_was_seen()
    {
        var gate = new TermGate(clock);

        Assert.Equal(
            [TermVerdict.Counts, TermVerdict.Counts, TermVerdict.Counts, TermVerdict.Stale, TermVerdict.Counts],
            new long[] { 1, 1, 3, 2, 3 }.Select(term => gate.Judge(Run, term)));
        Assert.Equal(3, gate.HighestOf(Run));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    [InlineData(2_000_000)]
    public void A_term_that_no_coordinator_can_have_come_to_makes_nobody_deaf(long forged)
    {
        var gate = new TermGate(clock);
        gate.Judge(Run, 3);

        Assert.Equal([TermVerdict.Stale, TermVerdict.Counts], [gate.Judge(Run, forged), gate.Judge(Run, 3)]);
        Assert.Equal([TermVerdict.Stale, TermVerdict.Counts], [gate.Judge(NextRun, forged), gate.Judge(NextRun, 1)]);
    }

    [Fact]
    public void The_next_run_begins_at_its_own_first_term()
    {
        var gate = new TermGate(clock);
        gate.Judge(Run, 3);

        Assert.Equal(TermVerdict.Counts, gate.Judge(NextRun, 1));
        Assert.Equal(TermVerdict.Stale, gate.Judge(Run, 1));
    }

    [Fact]
    public void A_lower_term_counts_once_nobody_speaks_under_the_higher_one_any_more()
    {
        var gate = new TermGate(clock);
        gate.Judge(Run, 7);
        clock.Pass(TermGate.Lapse - TimeSpan.FromSeconds(1));
        gate.Judge(Run, 7);
        clock.Pass(TimeSpan.FromSeconds(2));
        TermVerdict whileHeard = gate.Judge(Run, 3);
        clock.Pass(TermGate.Lapse);

        Assert.Equal(
            [TermVerdict.Stale, TermVerdict.Lapsed, TermVerdict.Counts, TermVerdict.Stale],
            [whileHeard, gate.Judge(Run, 3), gate.Judge(Run, 3), gate.Judge(Run, 2)]);
        Assert.Equal(3, gate.HighestOf(Run));
    }

    /// <summary>Stale messages do not keep the mark up: who sends them could keep an agent deaf.</summary>
    [Fact]
    public void A_term_that_nobody_can_have_changes_nothing_and_a_forged_one_deafens_only_for_a_while()
    {
        var gate = new TermGate(clock);
        gate.Judge(Run, 1);

        Assert.Equal(TermVerdict.Stale, gate.Judge(Run, long.MaxValue));
        Assert.Equal(TermVerdict.Stale, gate.Judge(Run, -1));
        Assert.Equal(TermVerdict.Counts, gate.Judge(Run, 900_000));
        Assert.Equal(TermVerdict.Stale, gate.Judge(Run, 1));
        clock.Pass(TermGate.Lapse);
        Assert.Equal(TermVerdict.Stale, gate.Judge(Run, long.MaxValue));
        Assert.Equal(TermVerdict.Lapsed, gate.Judge(Run, 1));
    }

    [Fact]
    public void However_many_stale_messages_come_it_is_asked_now_and_then_only()
    {
        var gate = new TermGate(clock);

        bool[] asked = [gate.MayAsk(), gate.MayAsk(), gate.MayAsk()];
        clock.Pass(TimeSpan.FromSeconds(5));

        Assert.Equal([true, false, false], asked);
        Assert.True(gate.MayAsk());
    }
}
