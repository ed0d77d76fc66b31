using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Waits;
using EdgeFlora.Protocol.Rounds;
using AgentStanding = EdgeFlora.Contracts.Api.AgentStanding;

namespace EdgeFlora.Coordinator.Tests.Waits;

/// <summary>Every state in which something can wait, beside the sentence that says why. A new state without a row fails.</summary>
public sealed class WaitSentenceTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid Run = Guid.Parse("0192f3a4-5b6c-7d8e-9f01-23456789abcd");

    private static readonly RoundRules Rules = new()
    {
        Seed = 1,
        Quorum = 0.5,
        AgentsPerRound = 0,
        OverSelection = 1,
        OfferTimeoutMs = 30_000,
        SoftDeadlineMs = 120_000,
        HardDeadlineMs = 240_000,
        Extensions = 0,
        StragglerGraceMs = 5_000,
        LeaseGraceMs = 60_000,
        MaxAttempts = 2,
        AggregationTimeoutMs = 300_000,
    };

    private static readonly Dictionary<string, TaskAdvance> Advances = new() { ["k3"] = new TaskAdvance(7, TaskPhase.Training, 62, 100, 0.4) };

    private static readonly Dictionary<TaskState, string> Tasks = new()
    {
        [TaskState.Offered] = "has not answered its offer yet; that is waited for 30 s more",
        [TaskState.Accepted] = "training, 62 %",
        [TaskState.Done] = "its update counts",
        [TaskState.Lost] = "dropped: LeaseExpired; its update still counts if it comes while the round is open",
        [TaskState.Declined] = "declined: LeaseExpired",
        [TaskState.Failed] = "failed: LeaseExpired",
        [TaskState.Rejected] = "its update was refused: LeaseExpired",
        [TaskState.Late] = "was still at work when the round's inputs were frozen",
    };

    private static readonly Dictionary<TaskPhase, string> Phases = new()
    {
        [TaskPhase.Preparing] = "preparing",
        [TaskPhase.Fetching] = "fetching the model, 62 %",
        [TaskPhase.Training] = "training, 62 %",
        [TaskPhase.Evaluating] = "measuring",
        [TaskPhase.Packing] = "packing its update",
        [TaskPhase.Uploading] = "sending its update",
        [TaskPhase.Reporting] = "reporting its result",
    };

    private static readonly Dictionary<RoundState, string> Rounds = new()
    {
        [RoundState.Planned] = "round 7 waits for 2 more of 3 agents; it is skipped in 4 min",
        [RoundState.Offering] = "round 7 waits for answers to its offers: k3, training, 62 %; 2 of 3 results are in, 2 are enough in the end, deadline in 4 min",
        [RoundState.Collecting] = "round 7 waits for k3, training, 62 %; 2 of 3 results are in, 2 are enough in the end, deadline in 4 min",
        [RoundState.Frozen] = "round 7 waits for its merge to begin, for at most 4 min",
        [RoundState.Aggregating] = "round 7 merges 2 results, for at most 4 min",
        [RoundState.Committed] = "round 7 has its model",
        [RoundState.Skipped] = "round 7 was skipped; the model before it stands",
    };

    private static readonly Dictionary<RunState, string?> Runs = new()
    {
        [RunState.Queued] = "waits for 1 more of 3 agents that match 'site=berlin'; c is silent",
        [RunState.Running] = "waits for 1 more of 3 agents that match 'site=berlin'; c is silent",
        [RunState.Paused] = $"held by an operator: night; edgeflora runs resume {Run} lets it go on",
        [RunState.Completed] = null,
        [RunState.Incomplete] = null,
        [RunState.Failed] = null,
        [RunState.Cancelled] = null,
    };

    private static readonly Dictionary<WaitKind, RunWaitFacts> Kinds = new()
    {
        [WaitKind.Turn] = Facts(RunState.Queued) with { Present = 3, Before = ["'other'"] },
        [WaitKind.Agents] = Facts(RunState.Queued),
        [WaitKind.Evaluators] = Facts(RunState.Running) with { WaitsForEvaluators = true, Evaluators = ["judge"] },
        [WaitKind.Operator] = Facts(RunState.Paused),
        [WaitKind.Results] = Facts(RunState.Running) with { Round = Sight(RoundState.Collecting) },
        [WaitKind.Merging] = Facts(RunState.Running) with { Round = Sight(RoundState.Aggregating) },
    };

    private static readonly Dictionary<(AgentStanding, AgentPresence), string> Agents = new()
    {
        [(AgentStanding.Active, AgentPresence.NeverSeen)] = "is enrolled and was never heard of; start it on its device",
        [(AgentStanding.Active, AgentPresence.Online)] = "waits for work: no run is under way",
        [(AgentStanding.Active, AgentPresence.Silent)] = "has been silent for 3 min; look whether it runs and reaches the broker",
        [(AgentStanding.Active, AgentPresence.Left)] = "left in good order 3 min ago; it is back when it is started",
        [(AgentStanding.Draining, AgentPresence.NeverSeen)] = "is enrolled and was never heard of; start it on its device; it is drained and gets nothing new until it is released: fan broken",
        [(AgentStanding.Draining, AgentPresence.Online)] = "is there; it is drained and gets nothing new until it is released: fan broken",
        [(AgentStanding.Draining, AgentPresence.Silent)] = "has been silent for 3 min; look whether it runs and reaches the broker; it is drained and gets nothing new until it is released: fan broken",
        [(AgentStanding.Draining, AgentPresence.Left)] = "left in good order 3 min ago; it is back when it is started; it is drained and gets nothing new until it is released: fan broken",
    };

    [Fact]
    public void A_private_run_of_a_restored_service_says_what_it_was_told_to_say() => Assert.Equal(
        "held: the service was restored",
        RunWaits.Of(Facts(RunState.Paused) with { SpentUnknown = true, Reason = "the service was restored" })!.Sentence);

    public static TheoryData<string> TaskStates => [.. Enum.GetNames<TaskState>()];

    public static TheoryData<string> TaskPhases => [.. Enum.GetNames<TaskPhase>()];

    public static TheoryData<string> RoundStates => [.. Enum.GetNames<RoundState>()];

    public static TheoryData<string> RunStates => [.. Enum.GetNames<RunState>()];

    public static TheoryData<string> WaitKinds => [.. Enum.GetNames<WaitKind>().Except([nameof(WaitKind.Broker)])];

    public static TheoryData<string, string> Standings =>
        new(from standing in Enum.GetNames<AgentStanding>() from presence in Enum.GetNames<AgentPresence>() select (standing, presence));

    [Theory]
    [MemberData(nameof(TaskStates))]
    public void Every_state_of_a_task_has_its_sentence(string name)
    {
        var state = Enum.Parse<TaskState>(name);

        Assert.Equal(Tasks[state], TaskWaits.Sentence(Task("k3", state), Advances["k3"], silent: false, now: 1_000_000, Rules));
    }

    [Theory]
    [MemberData(nameof(TaskPhases))]
    public void Every_phase_of_a_task_has_its_words(string name)
    {
        var phase = Enum.Parse<TaskPhase>(name);

        Assert.Equal(Phases[phase], (Advances["k3"] with { Phase = phase }).Words);
    }

    [Theory]
    [MemberData(nameof(RoundStates))]
    public void Every_state_of_a_round_has_its_sentence(string name)
    {
        var state = Enum.Parse<RoundState>(name);

        Assert.Equal(Rounds[state], RoundWaits.Sentence(Sight(state), Advances, Now));
        Assert.True(Enum.IsDefined(RoundSight.StatusOf(state)));
    }

    [Theory]
    [MemberData(nameof(RunStates))]
    public void Every_state_of_a_run_that_is_not_over_has_its_sentence(string name)
    {
        var state = Enum.Parse<RunState>(name);

        Assert.Equal(Runs[state], RunWaits.Of(Facts(state))?.Sentence);
    }

    [Theory]
    [MemberData(nameof(WaitKinds))]
    public void Every_kind_of_waiting_is_told_of_a_run(string name)
    {
        var kind = Enum.Parse<WaitKind>(name);

        Assert.Equal(kind, RunWaits.Of(Kinds[kind])!.Kind);
    }

    [Fact]
    public void A_run_that_wants_a_data_set_names_it() => Assert.Equal(
        "waits for 1 more of 3 agents with data set 'reviews' that match 'site=berlin'; c has other data (docs for classification)",
        RunWaits.Of(Facts(RunState.Queued) with { DataSet = "reviews", Absent = ["c has other data (docs for classification)"] })!.Sentence);

    [Fact]
    public void A_run_that_waits_while_bodies_cannot_be_stored_says_that_too()
    {
        const string Trouble = "bodies have not been stored or read for 40 s: S3 bucket 'b' at https://s3.example: it cannot be reached";
        RunWaitFacts merging = Facts(RunState.Running) with { Round = Sight(RoundState.Aggregating), BodiesTrouble = Trouble };

        Assert.Equal($"round 7 merges 2 results, for at most 4 min; {Trouble}", RunWaits.Of(merging)!.Sentence);
        Assert.DoesNotContain(Trouble, RunWaits.Of(Facts(RunState.Paused) with { BodiesTrouble = Trouble })!.Sentence, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Standings))]
    public void Every_presence_and_standing_of_an_agent_has_its_sentence(string standingName, string presenceName)
    {
        var (standing, presence) = (Enum.Parse<AgentStanding>(standingName), Enum.Parse<AgentPresence>(presenceName));
        string? reason = standing == AgentStanding.Active ? null : "fan broken";
        string expected = standing switch
        {
            AgentStanding.Quarantined => "is quarantined: fan broken; it gets nothing until it is released",
            AgentStanding.Revoked => "was revoked: fan broken; started again, it has to join anew",
            _ => Agents[(standing, presence)],
        };

        Assert.Equal(
            expected,
            AgentWaits.Sentence(new AgentWaitFacts { Presence = presence, Standing = standing, Reason = reason, Unheard = TimeSpan.FromMinutes(3) }));
    }

    [Fact]
    public void An_agent_at_work_says_at_what_and_an_idle_one_why_each_run_does_without_it()
    {
        var facts = new AgentWaitFacts { Presence = AgentPresence.Online, Standing = AgentStanding.Active, Unheard = TimeSpan.Zero };

        Assert.Equal(
            "works for 'night', round 3: training, 62 %", AgentWaits.Sentence(facts with { Run = "'night'", Task = "round 3: training, 62 %" }));
        Assert.Equal(
            "waits for work: 'night' can't use it: it has no labels",
            AgentWaits.Sentence(facts with { Runs = ["'night' can't use it: it has no labels"] }));
        Assert.Equal(
            "finishes what it has for 'night', and gets nothing new: fan", AgentWaits.Sentence(
                facts with { Standing = AgentStanding.Draining, Run = "'night'", Reason = "fan" }));
    }

    [Fact]
    public void A_round_names_some_of_many_and_who_is_silent()
    {
        Round round = Sight(RoundState.Collecting).Round;
        round = round with
        {
            Tasks = round.Tasks.SetItems(
                Enumerable.Range(0, 7).Select(i => KeyValuePair.Create($"z{i}", Task($"z{i}", TaskState.Accepted)))),
        };
        round = round.WithSilent("z0", silent: true);

        string sentence = RoundWaits.Sentence(new RoundSight(round, Rules, 1_000_000, Now), Advances, Now);

        Assert.StartsWith(
            "round 7 waits for 8 agents: k3 (training, 62 %), z0 (silent), z1 (at work), z2 (at work), z3 (at work) and 3 more; ",
            sentence,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Times_run_down_while_nothing_happens()
    {
        RoundStanding standing = RoundWaits.Standing(Sight(RoundState.Collecting), Advances, Now.AddMinutes(3));

        Assert.EndsWith("deadline in 60 s", standing.Sentence, StringComparison.Ordinal);
        Assert.Equal(Now.AddMinutes(4), standing.HardDeadline);
        Assert.Equal(("k3", true, 62), (standing.Tasks[0].AgentId, standing.Tasks[0].AtWork, standing.Tasks[0].Step));
    }

    [Fact]
    public void A_deadline_that_never_comes_is_not_told()
    {
        RoundSight sight = Sight(RoundState.Planned);
        RoundSight forEver = sight with { Round = sight.Round with { HardDeadline = long.MaxValue / 16 } };

        Assert.Equal("round 7 waits for 2 more of 3 agents", RoundWaits.Sentence(forEver, Advances, Now));
        Assert.Null(RoundWaits.Standing(forEver, Advances, Now).HardDeadline);
    }

    [Theory]
    [InlineData(0.2, "1 s")]
    [InlineData(40, "40 s")]
    [InlineData(91, "2 min")]
    [InlineData(5400, "90 min")]
    [InlineData(5460, "2 h")]
    [InlineData(400_000, "5 d")]
    public void Spans_are_rounded_up(double seconds, string text) => Assert.Equal(text, WaitText.Span(TimeSpan.FromSeconds(seconds)));

    private static AgentTask Task(string agent, TaskState state) =>
        new(agent, 1, 1, state, 1_000_000, 1_000_000) { EndCode = state is TaskState.Offered or TaskState.Accepted or TaskState.Done ? null : "LeaseExpired" };

    private static RoundSight Sight(RoundState state)
    {
        Round round = Round.Plan(7, needed: 3, deadline: 1_240_000, typicalTaskMs: 0, online: ["k1"]) with
        {
            State = state,
            Goal = 3,
            Quorum = 2,
            OpenedAt = 940_000,
            SoftDeadline = 1_060_000,
        };
        return new RoundSight(
            state == RoundState.Planned
                ? round
                : round.With(Task("k1", TaskState.Done)).With(Task("k2", TaskState.Done)).With(Task("k3", TaskState.Accepted)),
            Rules,
            1_000_000,
            Now);
    }

    private static RunWaitFacts Facts(RunState state) => new()
    {
        Run = Run,
        State = state,
        Reason = state == RunState.Paused ? "night" : null,
        Moment = Now,
        Since = Now,
        Present = 2,
        Needed = 3,
        Selector = "site=berlin",
        Absent = ["c is silent"],
    };
}
