using EdgeFlora.Cli.Live;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;

namespace EdgeFlora.Cli.Tests.Live;

public sealed class EventLineTests
{
    private static readonly RunEvent Accepted = ScriptedRun.Event(RunEventKind.ResultAccepted, 1500, 1, "a") with { Bytes = 29_100, Loss = 2.0551 };
    private static readonly RunEvent Evaluated = ScriptedRun.Event(RunEventKind.Evaluated, 2500, 1, "evaluator");

    private static readonly RunEvent Joined = ScriptedRun.Event(RunEventKind.AgentJoined, 500, 0, "a");

    public static TheoryData<RunEvent, string> Lines => new()
    {
        { Joined with { Examples = 135, Code = nameof(AgentRole.Trainer) }, "[    0.5 s] a: joined with 135 examples" },
        { Joined with { Examples = 0, Code = nameof(AgentRole.Evaluator) }, "[    0.5 s] a: joined to measure" },
        { Joined, "[    0.5 s] a: joined" },
        { Accepted with { LocalAccuracy = 0.5, LocalLoss = 0.7 }, "[    1.5 s] round 1, a: accepted, 29.1 kB, loss 2.055, local accuracy 50.0 %" },
        { Accepted with { LocalLoss = 2.31, LocalBitsPerByte = 3.333 }, "[    1.5 s] round 1, a: accepted, 29.1 kB, loss 2.055, "
            + "held-out loss 2.310 (3.333 bits a byte)" },
        { Accepted, "[    1.5 s] round 1, a: accepted, 29.1 kB, loss 2.055" },
        { Evaluated with { GlobalAccuracy = 0.25, GlobalLoss = 1.2 }, "[    2.5 s] round 1, evaluator: global accuracy 25.0 %" },
        { Evaluated with { GlobalLoss = 2.1, GlobalBitsPerByte = 3.03 }, "[    2.5 s] round 1, evaluator: global loss 2.100 nats a token (3.030 "
            + "bits a byte, perplexity 8.166)" },
        { Evaluated with { Round = 0, GlobalLoss = 2.1 }, "[    2.5 s] evaluator: base loss 2.100 nats a token" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void An_event_says_what_was_measured_of_its_kind_of_learning(RunEvent happened, string line) =>
        Assert.Equal(line, EventLine.For(happened));
}
