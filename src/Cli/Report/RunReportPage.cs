using System.Globalization;
using System.Xml.Linq;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;
using static EdgeFlora.Cli.Report.Mark;

namespace EdgeFlora.Cli.Report;

/// <summary>Any run as one page that needs no network. What was not measured is left out, and said so.</summary>
internal static class RunReportPage
{
    /// <summary>The page as UTF-8 without a byte-order mark.</summary>
    public static byte[] Render(RunReport report) =>
        Page.Render($"EdgeFlora: {SafeText.OneLine(report.Run.Summary.Name)}", ReportStyle.Sheet, Body(report));

    private static IEnumerable<object?> Body(RunReport report)
    {
        RunDetail run = report.Run;
        yield return Node(
            "header",
            Node("h1", SafeText.OneLine(run.Summary.Name)),
            Styled("p", "lead", SafeText.OneLine(Lead(run))),
            Node("dl", Settings(run).Select(setting => Node("div", Node("dt", setting.Name), Node("dd", SafeText.OneLine(setting.Value))))));
        yield return Styled("section", "tiles", RunReportTiles.Draw(report));
        if (RunReportPlots.Quality(report) is { } quality)
        {
            yield return Card(
                report.IsLanguage ? "Loss" : "Accuracy",
                "The global adapter after each round: on a central test set where evaluators measured it, and, mean over the agents of the next "
                    + "round, on what they held back; beside it the agents' own adapters.",
                quality);
        }

        if (run.FinalMeasures is { } measures)
        {
            yield return Card(
                "Agent by agent",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The published adapter, of round {measures.Round}, measured by each agent on what it held back. ")
                    + "An agent for which the best one that it trained itself does better there keeps that.",
                RunReportPlots.Agents(measures),
                RunReportTables.Spread(measures),
                RunReportTables.Agents(measures));
            if (measures.Labels.Count > 0)
            {
                yield return Card(
                    "Label by label", "Recall over all agents' held-out examples together.", RunReportPlots.Labels(measures));
            }
        }

        if (RunReportPlots.Divergence(report, ofStep: false) is { } whole)
        {
            yield return Card(
                "Divergence of the aggregate",
                "Relative distance ϱ between the published adapter and the ideal mean of all updates: of the whole update, and of the round's own "
                    + "step, which later rounds make short beside the whole.",
                whole,
                RunReportPlots.Divergence(report, ofStep: true));
        }

        if (RunReportTables.Times(report) is { } times)
        {
            yield return Card(
                "Where the time went",
                "Seconds of each agent over all rounds: training and transfer as it says, waiting for the others by the coordinator's clock, "
                    + "and what is left of its tasks (measuring, packing, waiting in its queue).",
                times);
        }

        yield return Card(
            "What happened",
            "Each bar is an agent at work on a round's task; its colour says what came of it. Numbers mark incidents.",
            ReportPlots.Legend(),
            Timeline.Draw("Work of the agents over time with incidents", report.View),
            ReportPlots.Incidents(report.View));
        yield return Card("Round by round", "The figures as numbers.", RunReportTables.Rounds(report));
        yield return Card("As it was asked for", "The run's spec.", Node("pre", Spec(run)));
    }

    private static string Lead(RunDetail run)
    {
        RunSummary summary = run.Summary;
        string rounds = string.Create(CultureInfo.InvariantCulture, $"{summary.RoundsCommitted} of {summary.Rounds} rounds");
        string published = run is { PublishedRound: { } round, PublishedReason: { } why }
            ? string.Create(CultureInfo.InvariantCulture, $" Its adapter is that of round {round}: {why}.")
            : "";
        return $"{summary.State}{(summary.Reason is { } reason ? $": {reason}" : "")}. {rounds} have a model.{published}";
    }

    private static IEnumerable<(string Name, string Value)> Settings(RunDetail run)
    {
        RunSummary summary = run.Summary;
        yield return ("run", summary.Id.ToString());
        yield return ("task", summary.Task);
        yield return ("model", summary.Model);
        yield return ("strategy", summary.Strategy);
        yield return ("agents", run.Participants.Count.ToString(CultureInfo.InvariantCulture));
        yield return ("submitted", summary.SubmittedAt.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture));
        if (run.ModelSha256 is { } hash)
        {
            yield return ("adapter", hash[..Math.Min(12, hash.Length)]);
        }
    }

    private static string Spec(RunDetail run) => string.Join('\n', run.Spec.ToJsonString(Indented).Split('\n').Select(SafeText.OneLine));

    private static readonly System.Text.Json.JsonSerializerOptions Indented = new(System.Text.Json.JsonSerializerOptions.Default)
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static XElement Card(string heading, string explanation, params object?[] content) =>
        Styled("section", "card", Node("h2", heading), Styled("p", "why", explanation), content);
}
