using System.Globalization;
using System.Xml.Linq;
using EdgeFlora.Cli.Live;
using EdgeFlora.Contracts.Api;
using static EdgeFlora.Cli.Report.Mark;

namespace EdgeFlora.Cli.Report;

/// <summary>Any run in a handful of figures.</summary>
internal static class RunReportTiles
{
    public static IEnumerable<XElement> Draw(RunReport report)
    {
        RunDetail run = report.Run;
        if (run.Rounds.LastOrDefault(round => round.Round == run.PublishedRound)?.Measurements is [var central, ..])
        {
            yield return Tile(
                Shown.Quality(central.Accuracy, central.Loss), report.IsLanguage ? "loss" : "accuracy", $"central test set, by {central.AgentId}");
        }

        if (run.FinalMeasures is { } measures)
        {
            if ((measures.Accuracy ?? measures.Loss) is { } spread)
            {
                string Written(double value) => Shown.Quality(measures.Accuracy is null ? null : value, value);
                yield return Tile(Written(spread.Mean), "mean over agents", $"deviation {Written(spread.Deviation)}");
                yield return Tile(Written(spread.Worst), "worst agent", spread.WorstAgent);
            }

            if (measures.MacroF1 is { } f1)
            {
                yield return Tile(Shown.Figure(f1), "macro-F1", "over all agents' labels");
            }

            yield return Tile(
                measures.KeepOwn.Count.ToString(CultureInfo.InvariantCulture), "keep their own", $"of {measures.Agents.Count} agents");
        }

        long up = report.Committed.Sum(round => round.Figures.BytesUp);
        yield return Tile(Shown.Bytes(up), "sent by agents", $"{Shown.Bytes(report.Committed.Sum(round => round.Figures.BytesDown))} to them");
        long milliseconds = report.Committed.Sum(round => round.Figures.Milliseconds);
        long merging = report.Committed.Sum(round => round.Figures.MergeMs ?? 0);
        yield return Tile(Shown.Seconds(milliseconds), "in rounds", $"{Shown.Seconds(merging)} merging");
    }
}
