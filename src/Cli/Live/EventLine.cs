using System.Globalization;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;

namespace EdgeFlora.Cli.Live;

/// <summary>An event as one plain line, for logs and pipes.</summary>
internal static class EventLine
{
    /// <summary>The line, or null if the event is not worth one (offers, progress).</summary>
    public static string? For(RunEvent happened)
    {
        string? text = Text(happened);
        return text is null
            ? null
            : SafeText.OneLine(string.Create(CultureInfo.InvariantCulture, $"[{happened.ElapsedMs / 1e3,7:0.0} s] {Where(happened)}{text}"));
    }

    private static string Where(RunEvent happened) =>
        (happened.Round, happened.AgentId) switch
        {
            (0, null) => "",
            (0, { } agent) => $"{agent}: ",
            (var round, null) => string.Create(CultureInfo.InvariantCulture, $"round {round}: "),
            (var round, { } agent) => string.Create(CultureInfo.InvariantCulture, $"round {round}, {agent}: "),
        };

    private static string? Text(RunEvent happened) => happened.Kind switch
    {
        RunEventKind.CoordinatorStarted => "the coordinator has started",
        RunEventKind.CoordinatorRecovered => $"the coordinator is back and goes on{Because(happened)}",
        RunEventKind.AgentJoined => Joined(happened),
        RunEventKind.AgentRefused => $"may not take part{Because(happened)}",
        RunEventKind.AgentLeft => $"left{Because(happened)}",
        RunEventKind.AgentQuarantined => $"shut out{Because(happened)}",
        RunEventKind.RoundOpened => "opened",
        RunEventKind.TaskDeclined => $"declined{Because(happened)}",
        RunEventKind.TaskFailed => $"failed{Because(happened)}",
        RunEventKind.TaskLost => $"dropped{Because(happened)}",
        RunEventKind.ResultAccepted => Accepted(happened),
        RunEventKind.ResultRejected => happened.Detail is null ? null : $"refused{Because(happened)}", // said before, with the reason
        RunEventKind.ResultLate => $"too late{Because(happened)}",
        RunEventKind.RoundExtended => $"extended{Because(happened)}",
        RunEventKind.RoundSkipped => $"skipped{Because(happened)}",
        RunEventKind.RoundCommitted => happened.Figures is { } figures ? Committed(figures) : "committed",
        RunEventKind.Evaluated => $"{(happened.Round == 0 ? "base" : "global")} {Measured(happened)}",
        RunEventKind.AgentMeasured => $"the published adapter {Measured(happened)} on its held-out data{KeepsOwn(happened)}",
        RunEventKind.RunCompleted => $"the run is complete{Because(happened)}",
        RunEventKind.RunIncomplete => $"the run is incomplete{Because(happened)}",
        RunEventKind.RunFailed => $"the run failed{Because(happened)}",
        _ => null,
    };

    private static string Joined(RunEvent happened) => happened switch
    {
        { Code: nameof(AgentRole.Evaluator) } => "joined to measure",
        { Examples: { } examples } => string.Create(CultureInfo.InvariantCulture, $"joined with {examples} examples"),
        _ => "joined",
    };

    private static string Because(RunEvent happened) => (happened.Code, happened.Detail) switch
    {
        (null, null) => "",
        (var code, null) => $": {code}",
        (null, var detail) => $": {detail}",
        (var code, var detail) => $": {code}: {detail}",
    };

    private static string Accepted(RunEvent happened)
    {
        var facts = new List<string> { "accepted" };
        if (happened.Bytes is { } bytes)
        {
            facts.Add(Shown.Bytes(bytes));
        }

        if (happened.Detail is { } detail)
        {
            facts.Add(detail);
        }

        if (happened.Loss is { } loss)
        {
            facts.Add($"loss {Shown.Figure(loss)}");
        }

        if (happened.LocalAccuracy is { } local)
        {
            facts.Add($"local accuracy {Shown.Percent(local)}");
        }
        else if (happened.LocalLoss is { } heldOut)
        {
            facts.Add($"held-out loss {Shown.Figure(heldOut)}{Bits(happened.LocalBitsPerByte, "")}");
        }

        return string.Join(", ", facts);
    }

    private static string Measured(RunEvent happened) => happened is { GlobalAccuracy: null, GlobalLoss: { } loss }
        ? $"loss {Shown.Figure(loss)} nats a token{Bits(happened.GlobalBitsPerByte, $", perplexity {Shown.Figure(Math.Exp(loss))}")}"
        : $"accuracy {Shown.Percent(happened.GlobalAccuracy)}";

    private static string KeepsOwn(RunEvent happened) => happened switch
    {
        { Code: not nameof(ResultMetrics.KeepsOwn) } => "",
        { LocalAccuracy: { } own } => $"; it keeps its own: accuracy {Shown.Percent(own)}",
        _ => $"; it keeps its own: loss {Shown.Figure(happened.LocalLoss)}",
    };

    private static string Bits(double? perByte, string more) => perByte is null ? "" : $" ({Shown.Figure(perByte)} bits a byte{more})";

    private static string Committed(RoundFigures figures) => string.Create(
        CultureInfo.InvariantCulture,
        $"committed: {figures.Accepted.Count - figures.Stale.Count} of {figures.Offered} accepted, "
            + $"{Stale(figures)}{figures.Dropped.Count} dropped, {figures.Late.Count} late, {figures.Rejected.Count} refused; "
        + $"{Quality(figures)}, {figures.Milliseconds / 1e3:0.0} s");

    private static string Quality(RoundFigures figures) => figures.Epsilon is { } epsilon
        ? string.Create(CultureInfo.InvariantCulture, $"ε = {epsilon:0.00} at δ = {figures.Delta:0.###e+0}")
        : $"divergence {Shown.Figure(figures.DivergenceUsed)} (FedIT {Shown.Figure(figures.DivergenceFedIt)}, "
            + $"bound {Shown.Figure(figures.DivergenceBound)})";

    private static string Stale(RoundFigures figures) =>
        figures.Stale.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{figures.Stale.Count} of the round before as well, ");
}
