using System.Globalization;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.Live;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Runs;

/// <summary>Runs for people.</summary>
internal static class RunText
{
    public static IEnumerable<string> Table(IReadOnlyList<RunSummary> runs) => runs.Count == 0
        ? ["no runs; submit one: edgeflora runs submit SPEC"]
        : TextTable.Lines(
            ["ID", "NAME", "STATE", "ROUNDS", "MEASURED", "SUBMITTED", "WHY"],
            runs.Select(run => new[]
            {
                RunIds.Short(run.Id), run.Name, run.State.ToString(), Rounds(run), Measured(run), TextTable.Time(run.SubmittedAt), Why(run),
            }));

    public static IEnumerable<string> Detail(RunDetail run)
    {
        RunSummary summary = run.Summary;
        yield return $"run          {summary.Id}";
        yield return $"name         {summary.Name}{(summary.Note is { } note ? $" ({note})" : "")}";
        yield return $"state        {State(summary)}";
        yield return $"trains       {summary.Task} with {summary.Model}, merged by {summary.Strategy}";
        yield return $"rounds       {Rounds(summary)}; priority {summary.Priority}";
        yield return $"submitted    {TextTable.Time(summary.SubmittedAt)}; started {TextTable.Time(summary.StartedAt)}; "
            + $"ended {TextTable.Time(summary.EndedAt)}";
        if (run is { PublishedRound: { } published, PublishedReason: { } because })
        {
            yield return $"adapter      of round {Text(published)}: {because}";
        }

        if (run.ForkedFrom is { } origin)
        {
            yield return $"begins from  round {origin.Round} of {origin.RunId}";
        }

        if (run.Participants.Count > 0)
        {
            yield return $"agents       {string.Join(", ", run.Participants)}";
        }

        if (run is { AutoDivergence: { } auto, UsedDivergence: { } used })
        {
            yield return $"error        {Shown.Figure(used)}; strategy Auto would have had {Shown.Figure(auto)}";
        }

        if (run.Current is { Tasks.Count: > 0 } current)
        {
            yield return "";
            foreach (string line in TaskTable(current))
            {
                yield return line;
            }
        }

        if (run.Rounds.Count > 0)
        {
            yield return "";
            foreach (string line in RoundTable(run.Rounds))
            {
                yield return line;
            }
        }

        if (run.Rounds.LastOrDefault(round => round.Figures is { Agents.Count: > 0 }) is { } last)
        {
            yield return "";
            foreach (string line in TextTable.Lines(
                ["AGENT", "RANK", "BYTES DOWN", $"BYTES UP IN ROUND {Text(last.Round)}"],
                last.Figures!.Agents.Select(agent => new[] { agent.AgentId, Text(agent.Rank), Bytes(agent.BytesDown), Bytes(agent.BytesUp) })))
            {
                yield return line;
            }
        }

        foreach (string line in run.FinalMeasures is { } measures ? MeasureText.Lines(measures).Prepend("") : [])
        {
            yield return line;
        }

        foreach (StateChange change in run.History)
        {
            yield return $"{TextTable.Time(change.At)}  "
                + $"{change.State}{(change.By is { } by ? $" by {by}" : "")}{(change.Reason is { } reason ? $": {reason}" : "")}";
        }
    }

    /// <summary>The state, and why.</summary>
    public static string State(RunSummary run) => Why(run) is { } why ? $"{run.State}: {why}" : run.State.ToString();

    public static bool IsOver(RunState state) => state is RunState.Completed or RunState.Incomplete or RunState.Failed or RunState.Cancelled;

    private static IEnumerable<string> TaskTable(RoundStanding round) => round.Tasks.Any(task => task.Rank is not null)
        ? TextTable.Lines(
            ["AGENT", "RANK", $"AT ROUND {Text(round.Round)}"],
            round.Tasks.Select(task => new[] { task.AgentId, Text(task.Rank), task.Sentence }))
        : TextTable.Lines(["AGENT", $"AT ROUND {Text(round.Round)}"], round.Tasks.Select(task => new[] { task.AgentId, task.Sentence }));

    private static IEnumerable<string> RoundTable(IReadOnlyList<RoundSummary> rounds) => TextTable.Lines(
        ["ROUND", "STATUS", "ACCEPTED", "DROPPED", "LATE", "REFUSED", "ERROR", "OF STEP", "FEDIT", "BOUND", "MEASURED", "WHY"],
        rounds.Select(round => new[]
        {
            Text(round.Round), round.Status.ToString(), round.Figures is { } figures
                ? $"{figures.Accepted.Count} of {figures.Offered}"
                : null, Text(round.Figures?.Dropped.Count),
            Text(round.Figures?.Late.Count), Text(round.Figures?.Rejected.Count), Figure(round.Figures?.DivergenceUsed),
            Figure(round.Figures?.StepDivergenceUsed),
            Figure(round.Figures?.DivergenceFedIt), Figure(round.Figures?.DivergenceBound),
            round.Measurements.Count > 0 ? Shown.Quality(round.Measurements[0].Accuracy, round.Measurements[0].Loss) : null, round.Reason,
        }));

    private static string? Why(RunSummary run) => run.Waiting?.Sentence ?? run.Reason;

    private static string Rounds(RunSummary run) => string.Create(
        CultureInfo.InvariantCulture,
        $"{run.RoundsCommitted} of "
            + $"{run.Rounds}{(run.RoundsSkipped > 0 ? string.Create(CultureInfo.InvariantCulture, $", {run.RoundsSkipped} skipped") : "")}");

    private static string? Measured(RunSummary run) => run.Accuracy is null && run.Loss is null ? null : Shown.Quality(run.Accuracy, run.Loss);

    private static string? Figure(double? figure) => figure is null ? null : Shown.Figure(figure);

    private static string Bytes(long bytes) => bytes.ToString("N0", CultureInfo.InvariantCulture);

    private static string? Text(int? count) => count?.ToString(CultureInfo.InvariantCulture);
}
