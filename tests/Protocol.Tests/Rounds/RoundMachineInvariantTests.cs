using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Protocol.Tests.Given;

namespace EdgeFlora.Protocol.Tests.Rounds;

/// <summary>
/// Thousands of random histories, with messages doubled, dropped, delayed and out of order, against what must hold in every one of them.
/// </summary>
public sealed class RoundMachineInvariantTests
{
#if MUTATION_TESTING
    private const ulong Histories = 100;
#else
    private const ulong Histories = 5000;
#endif

    private static readonly string[] Agents = ["a", "b", "c", "d", "e", "f"];

    [Fact]
    public void No_history_breaks_a_round()
    {
        for (ulong seed = 0; seed < Histories; seed++)
        {
            var random = new SeededRandom(seed);
            RoundRules rules = Rules.Plain with { AgentsPerRound = random.NextInt(4), OverSelection = 1 + random.NextDouble(), Extensions = random.NextInt(3), MinResults = 1 + random.NextInt(3), StartTimeoutMs = 500 };
            bool isPrivate = random.NextInt(3) == 0;
            rules = isPrivate ? rules with { AgentsPerRound = 0, SamplingRate = random.NextDouble() } : rules;
            Round planned = Round.Plan(1, 1 + random.NextInt(3), deadline: 500, random.NextInt(500), Agents[..random.NextInt(Agents.Length)],
                standings: Agents.Select(agent => KeyValuePair.Create(agent, (AgentStanding)random.NextInt(4))));
            var watch = new Watch(planned with { SamplingKey = KnownSecrets.Of("histories")(SecretUse.Sampling, (int)seed) }, rules, seed);
            long now = 0;
            for (int step = 0; step < 120; step++)
            {
                now += random.NextInt(60);
                RoundInput input = Any(random, watch.Round);
                watch.Apply(input, now);
                if (random.NextInt(4) == 0)
                {
                    watch.Apply(input, now);
                }
            }

            watch.LetTimePass(now);
        }
    }

    private static RoundInput Any(SeededRandom random, Round round)
    {
        string agent = Agents[random.NextInt(Agents.Length)];
        int epoch = (round.Tasks.GetValueOrDefault(agent)?.LeaseEpoch ?? 1) - (random.NextInt(5) == 0 ? 1 : 0);
        return random.NextInt(15) switch
        {
            0 => new RoundInput.AgentAvailable(agent, random.NextInt(2) == 0 ? epoch : null, random.NextInt(2) == 0),
            1 => new RoundInput.AgentGone(agent, "Silent"),
            2 => new RoundInput.AgentHeard(agent),
            3 or 4 => new RoundInput.TaskTaken(agent, epoch),
            5 or 6 => new RoundInput.TaskHeard(agent, epoch),
            7 => new RoundInput.TaskRefused(agent, epoch, "Busy"),
            8 => new RoundInput.TaskBroke(agent, epoch, random.NextInt(2) == 0, "Diverged"),
            9 or 10 => new RoundInput.ResultCounted(agent),
            11 => new RoundInput.ResultRefused(agent, "Invalid"),
            13 => new RoundInput.AgentSilent(agent),
            12 => random.NextInt(3) switch { 0 => new RoundInput.AggregationBegun(), 1 => new RoundInput.Aggregated(), _ => new RoundInput.AggregationFailed("x") },
            _ => new RoundInput.Tick(),
        };
    }

    /// <summary>A round under watch: every step is held against the invariants of docs/decisions/round-machine.md.</summary>
    private sealed class Watch(Round first, RoundRules rules, ulong seed)
    {
        private readonly HashSet<string> nobody = [];
        private (DemandKey Key, AgentDemand Demand)? asked;
        private string[]? frozen;
        private int freezes;
        private int ends;

        public Round Round { get; private set; } = first;

        public void Apply(RoundInput input, long now)
        {
            Round before = Round;
            RoundStep step = RoundMachine.Apply(before, input, now, rules);
            Round = step.Round;
            string at = $"seed {seed}, {input} at {now}";

            freezes += step.Decisions.OfType<RoundDecision.Freeze>().Count();
            ends += step.Decisions.Count(decision => decision is RoundDecision.Committed or RoundDecision.Skipped);
            Assert.True(freezes <= 1 && ends <= 1, $"a round is frozen and ends at most once: {at}");
            Assert.True(!before.IsOver || step.Decisions.IsEmpty, $"nothing follows from a round that is over: {at}");
            Assert.True(Round.IsOver == (ends == 1), $"a round that is over has said so: {at}");
            if (step.Decisions.OfType<RoundDecision.Freeze>().Any())
            {
                Assert.True(Round.Answered(rules) >= Round.Quorum, $"only a quorum is frozen: {at}");
                frozen = Done();
            }

            Assert.True(frozen is null || frozen.SequenceEqual(Done()), $"what is frozen stays as it is: {at}");
            Assert.True(Round.Tally == (Round with { Tasks = Round.Tasks }).Tally, $"the tally counts the tasks: {at}");
            Assert.True(Round.Held.SequenceEqual((Round with { Tasks = Round.Tasks }).Held), $"who is held is known: {at}");
            DemandFollows(now, at);
            Assert.True(
                Round.LeaseCheckAt <= Round.Tasks.Values.Where(task => task.AtWork).Select(task => task.LeaseEnd(rules)).DefaultIfEmpty(long.MaxValue).Min(),
                $"no lease ends unseen: {at}");
            Assert.True(
                Round.Tasks.All(task => Round.Changed.Contains(task.Key) || before.Tasks.GetValueOrDefault(task.Key) == task.Value),
                $"what changed is known to have changed: {at}");
            Assert.True(Round.IsOpen || !Round.AnyAtWork, $"nobody works for a round that is not open: {at}");
            Assert.True(Round.IsOver == (Round.NextTimer(now, rules) is null), $"every state but the last has a timer: {at}");
            TimerHolds(now, at);
            Assert.True(
                rules.SamplingRate is null || before.State == RoundState.Planned || before.Tasks.Keys.SequenceEqual(Round.Tasks.Keys),
                $"who is drawn stays drawn, and nobody else: {at}");
            foreach (AgentTask task in Round.Tasks.Values)
            {
                AgentTask? earlier = before.Tasks.GetValueOrDefault(task.Agent);
                bool isSent = step.Decisions.OfType<RoundDecision.SendOffer>().Any(
                    offer => offer.Task.Agent == task.Agent && offer.Task.LeaseEpoch == task.LeaseEpoch);
                Assert.True(
                    task.LeaseEpoch == (earlier?.LeaseEpoch ?? 0) || (task.LeaseEpoch == (earlier?.LeaseEpoch ?? 0) + 1 && isSent),
                    $"an epoch rises by one, with an offer: {at}");
                Assert.True(task.Attempt <= rules.MaxAttempts, $"attempts are limited: {at}");
                Assert.True(earlier?.State != TaskState.Done || task.State == TaskState.Done, $"a result that counted goes on to count: {at}");
            }
        }

        /// <summary>Equal keys give equal demands, and agents whose own tasks did not change are still kept where the key says so.</summary>
        private void DemandFollows(long now, string at)
        {
            var key = DemandKey.Of(Round, now, rules, paused: false, nobody);
            AgentDemand demand = AgentDemand.Of(Round, now, rules, paused: false, nobody);
            if (asked is { } earlier)
            {
                Assert.True(key != earlier.Key || Same(demand, earlier.Demand), $"the demand follows from its key: {at}");
                Assert.True(
                    !key.KeepsOthersOf(earlier.Key) || earlier.Demand.Kept.Except(demand.Kept).All(Round.Changed.Contains),
                    $"only a changed task lets an agent go: {at}");
            }

            asked = (key, demand);
        }

        /// <summary>
        /// Until its timer time alone ends and opens nothing. Spare agents are asked with whatever comes next.
        /// </summary>
        private void TimerHolds(long now, string at)
        {
            if (Round.NextTimer(now, rules) - 1 is { } last && last > now)
            {
                RoundStep still = RoundMachine.Apply(Round, new RoundInput.Tick(), last, rules);
                Assert.True(
                    still.Round.State == Round.State && still.Decisions.All(decision => decision is RoundDecision.SendOffer),
                    $"nothing is due before the timer: {at}");
            }
        }

        private static bool Same(AgentDemand x, AgentDemand y) =>
            x.Kept.SetEquals(y.Kept) && x.Candidates.SequenceEqual(y.Candidates) && x.AtLeast == y.AtLeast && x.AtMost == y.AtMost;

        /// <summary>With nothing but its own timers the round ends, within a time that follows from the rules.</summary>
        public void LetTimePass(long now)
        {
            long bound = now + 500 + rules.HardDeadlineMs + ((rules.Extensions + 1) * rules.SoftDeadlineMs) + rules.AggregationTimeoutMs;
            for (int ticks = 0; Round.NextTimer(now, rules) is { } next; ticks++)
            {
                now = Math.Max(now, next);
                Assert.True(now <= bound, $"seed {seed}: {Round.State} at {now}, beyond {bound}");
                Assert.True(ticks < 100, $"seed {seed}: {Round.State} does not move on at {now}");
                Apply(new RoundInput.Tick(), now);
            }
        }

        private string[] Done() => [.. Round.Tasks.Values.Where(task => task.State == TaskState.Done).Select(task => task.Agent)];
    }
}
