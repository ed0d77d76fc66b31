using System.Globalization;
using System.Xml.Linq;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Live;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using static EdgeFlora.Cli.Report.Mark;

namespace EdgeFlora.Cli.Report;

/// <summary>Any run's figures as numbers.</summary>
internal static class RunReportTables
{
    public static XElement Rounds(RunReport report) => Table(
        [
            "round", "accepted", "dropped", "late", "refused", "ϱ used", "ϱ of step", "ϱ FedIT", "ϱ bound", "measured", "up", "down", "merging",
            "seconds", "",
        ],
        report.Run.Rounds.Select(round => new[]
        {
            Number(round.Round),
            round.Figures is { } figures ? $"{figures.Accepted.Count} of {figures.Offered}" : round.Status.ToString().ToLowerInvariant(),
            Number(round.Figures?.Dropped.Count), Number(round.Figures?.Late.Count), Number(round.Figures?.Rejected.Count),
            Shown.Figure(round.Figures?.DivergenceUsed), Shown.Figure(round.Figures?.StepDivergenceUsed),
            Shown.Figure(round.Figures?.DivergenceFedIt), Shown.Figure(round.Figures?.DivergenceBound),
            round.Measurements.Count > 0 ? Shown.Quality(round.Measurements[0].Accuracy, round.Measurements[0].Loss) : Shown.Unknown,
            round.Figures is { } sent ? Shown.Bytes(sent.BytesUp) : Shown.Unknown,
            round.Figures is { } got ? Shown.Bytes(got.BytesDown) : Shown.Unknown,
            Seconds(round.Figures?.MergeMs), Seconds(round.Figures?.Milliseconds),
            round.Round == report.Run.PublishedRound ? "published" : round.Reason ?? "",
        }));

    /// <summary>Null: coordinators of earlier builds did not time agents.</summary>
    public static XElement? Times(RunReport report)
    {
        AgentTimes[] all = [.. report.Committed.SelectMany(round => round.Figures.Times)];
        return all.Length == 0 ? null : Table(
            ["agent", "rounds", "training", "transfer", "waiting", "other"],
            all.GroupBy(time => time.AgentId, StringComparer.Ordinal).OrderBy(agent => agent.Key, StringComparer.Ordinal).Select(agent => new[]
            {
                agent.Key, Number(agent.Count()), Seconds(agent.Sum(time => time.TrainMs)), Seconds(Sum(agent, time => time.TransferMs)),
                Seconds(Sum(agent, time => time.WaitMs)), Seconds(Sum(agent, Other)),
            }));
    }

    public static XElement Agents(FinalMeasures measures) => Table(
        ["agent", "examples", "accuracy", "loss", "its own", ""],
        measures.Agents.Select(agent => new[]
        {
            agent.AgentId, agent.Missing is null ? Number(agent.Examples) : Shown.Unknown, Shown.Percent(agent.Accuracy), Shown.Figure(agent.Loss),
            agent.KeepsOwn ? Shown.Quality(agent.OwnAccuracy, agent.OwnLoss) : Shown.Unknown,
            agent.Missing is { } missing ? $"not measured: {missing}" : agent.KeepsOwn ? "keeps its own" : "",
        }));

    public static XElement? Spread(FinalMeasures measures)
    {
        var rows = new List<string[]>();
        if (measures.Accuracy is { } accuracy)
        {
            rows.Add(Row("accuracy", accuracy, value => Shown.Percent(value)));
        }

        if (measures.Loss is { } loss)
        {
            rows.Add(Row("loss", loss, value => Shown.Figure(value)));
        }

        return rows.Count == 0 ? null : Table(["over agents", "worst", "at", "lower tenth", "median", "upper tenth", "mean", "deviation"], rows);
    }

    private static string[] Row(string name, FigureSpread spread, Func<double, string> written) =>
    [
        name, written(spread.Worst), spread.WorstAgent, written(spread.LowerTenth), written(spread.Median), written(spread.UpperTenth),
        written(spread.Mean), written(spread.Deviation),
    ];

    private static long? Other(AgentTimes time) => time.TaskMs is { } all ? Math.Max(0, all - time.TrainMs - (time.TransferMs ?? 0)) : null;

    private static long? Sum(IEnumerable<AgentTimes> times, Func<AgentTimes, long?> part)
    {
        long[] known = [.. times.Select(part).OfType<long>()];
        return known.Length == 0 ? null : known.Sum();
    }

    private static XElement Table(IEnumerable<string> headings, IEnumerable<string[]> rows) => Styled(
        "div",
        "scroll",
        Node(
            "table",
            Node("thead", Node("tr", headings.Select(heading => Node("th", At("scope", "col"), heading)))),
            Node("tbody", rows.Select(row => Node(
                "tr", Node("th", At("scope", "row"), SafeText.OneLine(row[0])), row.Skip(1).Select(cell => Node("td", SafeText.OneLine(cell))))))));

    private static string Number(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? Shown.Unknown;

    private static string Seconds(long? milliseconds) => milliseconds is { } ms ? Shown.Seconds(ms) : Shown.Unknown;
}
