using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Protocol.Tests.Given;

namespace EdgeFlora.Protocol.Tests.Rounds;

/// <summary>A device that is on for two hours a night takes part in a run of a week, with tasks that take it longer than a night.</summary>
public sealed class NightlyAgentTests
{
    private const int Minute = 60_000;
    private const int Hour = 60 * Minute;
    private const int NightsPerTask = 3;

    /// <summary>Deadlines as somebody sets them who waits for such devices; silence ends a lease as by default.</summary>
    private static readonly RoundRules Patient = Rules.Plain with
    {
        Quorum = 1,
        MinResults = 2,
        OfferTimeoutMs = Minute,
        SoftDeadlineMs = 5 * 24 * Hour,
        HardDeadlineMs = 6 * 24 * Hour,
        LeaseGraceMs = 3 * Minute,
        MaxAttempts = 1,
    };

    [Fact]
    public void Its_task_goes_on_night_after_night_and_its_result_counts()
    {
        int night = 0;
        for (int number = 1; night + NightsPerTask <= 7; number++)
        {
            Round round = Open(number, night * 24L * Hour);
            for (int last = night + NightsPerTask; night < last; night++)
            {
                Assert.Equal(RoundState.Collecting, round.State);
                round = Night(round, night * 24L * Hour, isLast: night == last - 1);
            }

            Assert.Equal(RoundState.Frozen, round.State);
            Assert.All(round.Tasks.Values, task => Assert.Equal((TaskState.Done, 1), (task.State, task.Attempt)));
        }

        Assert.Equal(2 * NightsPerTask, night);
    }

    /// <summary>Both take their tasks; the one that is always on is done within minutes.</summary>
    private static Round Open(int number, long now)
    {
        Round round = Round.Plan(number, needed: 2, deadline: now + Hour, typicalTaskMs: 0, ["nightly", "steady"]);
        RoundInput[] inputs =
        [
            new RoundInput.Tick(), new RoundInput.TaskTaken("nightly", 1), new RoundInput.TaskTaken("steady", 1),
            new RoundInput.ResultCounted("steady"),
        ];
        return inputs.Aggregate(round, (open, input) => Apply(open, input, now));
    }

    /// <summary>It comes with what its journal holds, works for two hours, and is off for the rest of the day.</summary>
    private static Round Night(Round round, long begins, bool isLast)
    {
        round = Apply(round, new RoundInput.AgentAvailable("nightly", HeldEpoch: 1, NewProcess: true), begins + Minute);
        for (long now = begins + Minute; now < begins + (2 * Hour); now += Minute)
        {
            round = Apply(round, new RoundInput.TaskHeard("nightly", 1), now);
            Assert.True(round.Tasks["nightly"].AtWork);
        }

        if (isLast)
        {
            return Apply(round, new RoundInput.ResultCounted("nightly"), begins + (2 * Hour));
        }

        round = Apply(round, new RoundInput.AgentSilent("nightly"), begins + (2 * Hour) + Minute);
        for (long now = begins + (2 * Hour) + Minute; now < begins + (24L * Hour); now += 5 * Minute)
        {
            round = Apply(round, new RoundInput.Tick(), now);
        }

        Assert.Equal(TaskState.Lost, round.Tasks["nightly"].State);
        return round;
    }

    private static Round Apply(Round round, RoundInput input, long now) => RoundMachine.Apply(round, input, now, Patient).Round;
}
