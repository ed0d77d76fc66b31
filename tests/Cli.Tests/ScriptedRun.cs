using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Cli.Tests;

/// <summary>Events of a run of three agents and two rounds, written by hand: b is lost in round 1, c is refused when round 2 is frozen.</summary>
internal static class ScriptedRun
{
    public static readonly Guid RunId = new("6f9b5a52-7c1e-4c0e-9a57-3a3c7f0d1a11");

    public static IReadOnlyList<RunEvent> Events { get; } = Numbered(
    [
        Event(RunEventKind.CoordinatorStarted, 0),
        Event(RunEventKind.AgentJoined, 100, agent: "a") with { Examples = 120 },
        Event(RunEventKind.AgentJoined, 110, agent: "b") with { Examples = 80 },
        Event(RunEventKind.AgentJoined, 120, agent: "c") with { Examples = 50 },
        Event(RunEventKind.Evaluated, 300, agent: "evaluator") with { GlobalAccuracy = 0.08 },
        Event(RunEventKind.RoundOpened, 400, 1),
        Event(RunEventKind.TaskOffered, 410, 1, "a"),
        Event(RunEventKind.TaskOffered, 411, 1, "b"),
        Event(RunEventKind.TaskOffered, 412, 1, "c"),
        Event(RunEventKind.TaskAccepted, 420, 1, "a"),
        Event(RunEventKind.TaskAccepted, 430, 1, "b"),
        Event(RunEventKind.TaskAccepted, 440, 1, "c"),
        Event(RunEventKind.TaskProgressed, 1_000, 1, "a") with { Phase = "Training", Step = 10, Total = 40, Loss = 2.5 },
        Event(RunEventKind.TaskLost, 1_900, 1, "b") with { Code = "LeaseExpired", Detail = "silent for 1500 ms" },
        Event(RunEventKind.ResultAccepted, 2_000, 1, "a") with { Bytes = 50_000, LocalAccuracy = 0.5, GlobalAccuracy = 0.1, Loss = 1.9 },
        Event(RunEventKind.ResultAccepted, 2_100, 1, "c") with { Bytes = 50_000, LocalAccuracy = 0.6, GlobalAccuracy = 0.2, Loss = 1.7 },
        Event(RunEventKind.RoundFrozen, 2_110, 1),
        Event(RunEventKind.RoundCommitted, 2_300, 1) with { Figures = Figures(["a", "c"], dropped: ["b"], 0.11, 0.70, 0.09) },
        Event(RunEventKind.CoordinatorRecovered, 2_500) with { Detail = "term 2" },
        Event(RunEventKind.Evaluated, 2_600, 1, "evaluator") with { GlobalAccuracy = 0.45 },
        Event(RunEventKind.RoundOpened, 2_700, 2),
        Event(RunEventKind.TaskOffered, 2_710, 2, "a"),
        Event(RunEventKind.TaskOffered, 2_711, 2, "c"),
        Event(RunEventKind.TaskAccepted, 2_720, 2, "a"),
        Event(RunEventKind.TaskAccepted, 2_730, 2, "c"),
        Event(RunEventKind.ResultAccepted, 4_000, 2, "a") with { Bytes = 51_000, LocalAccuracy = 0.7, GlobalAccuracy = 0.4, Loss = 1.1 },
        Event(RunEventKind.ResultAccepted, 4_050, 2, "c") with { Bytes = 51_000, LocalAccuracy = 0.8, GlobalAccuracy = 0.5, Loss = 1.0 },
        Event(RunEventKind.RoundFrozen, 4_060, 2),
        Event(RunEventKind.RoundCommitted, 4_200, 2) with
        {
            Figures = Figures(["a"], dropped: [], 0.0, 0.0, 0.0) with { Offered = 2, Rejected = [new RefusedAgent
            {
                AgentId = "c",
                Reason = "norm 812 is over 10 × the median 0.9" }],
            },
        },
        Event(RunEventKind.Evaluated, 4_400, 2, "evaluator") with { GlobalAccuracy = 0.62 },
        Event(RunEventKind.RunCompleted, 4_410),
    ]);

    public static RunEvent Event(RunEventKind kind, long elapsedMs, int round = 0, string? agent = null) => new()
    {
        RunId = RunId,
        Sequence = 0,
        ElapsedMs = elapsedMs,
        Kind = kind,
        Round = round,
        AgentId = agent,
    };

    private static RoundFigures Figures(string[] accepted, string[] dropped, double used, double fedIt, double bound) => new()
    {
        Strategy = "FloraNA",
        Accepted = accepted,
        Offered = 3,
        Dropped = dropped,
        Late = [],
        Rejected = [],
        DivergenceUsed = used,
        DivergenceFedIt = fedIt,
        DivergenceBound = bound,
        BytesUp = 50_000L * accepted.Length,
        BytesDown = 150_000,
        ModelSha256 = new string('0', 64),
        Milliseconds = 1_900,
    };

    private static IReadOnlyList<RunEvent> Numbered(RunEvent[] events) => [.. events.Select((happened, i) => happened with { Sequence = i + 1 })];
}
