using System.Globalization;
using System.Xml.Linq;
using static EdgeFlora.Cli.Report.Mark;

namespace EdgeFlora.Cli.Report;

/// <summary>A run as one page that needs no network: figures, plots, and the same figures as a table.</summary>
internal static class ReportPage
{
    /// <summary>The page as UTF-8 without a byte-order mark.</summary>
    public static byte[] Render(ReportContent content) => Page.Render("EdgeFlora: a federated run", ReportStyle.Sheet, Body(content));

    private static IEnumerable<object?> Body(ReportContent content)
    {
        DemoResult result = content.Result;
        yield return Node(
            "header",
            Node("h1", "A federated run"),
            Styled(
                "p",
                "lead",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{result.Agents} agents fine-tuned one model in {result.Rounds.Count} rounds. Their texts stayed where they were; "
                        + $"only adapters travelled.")),
            Node("dl", content.Settings.Select(setting => Node("div", Node("dt", setting.Name), Node("dd", SafeText(setting.Value))))));
        yield return Styled("section", "tiles", ReportTiles.Draw(content));
        yield return Card(
            "Accuracy on the central test set",
            "What the merged adapter knows after each round, beside what the agents reach alone and what one training on all their data together "
                + "reaches in as many steps as theirs together.",
            ReportPlots.Accuracy(result));
        yield return Card(
            "Divergence of the aggregate",
            "Relative distance ϱ between the published adapter and the ideal mean of all updates. FedIT averages the factors; "
                + "no pair of factors of this rank can get below the bound.",
            ReportPlots.Divergence(result));
        if (result.Merges is { } merges)
        {
            yield return Card(
                "The same updates, merged in four ways",
                $"What each agent learnt alone in {merges.Steps} steps from where the run began. {merges.Verdict()}",
                ReportPlots.Merges(merges));
        }

        yield return Card(
            "Bytes sent by the agents", "All accepted updates of the run, as they were sent and as they would have been.", ReportPlots.Bytes(result));
        yield return Card(
            "What went wrong, and how the run went on",
            "Each bar is an agent at work on a round's task; its colour says what came of it. Numbers mark incidents.",
            ReportPlots.Legend(),
            Timeline.Draw("Work of the agents over time with incidents", content.View),
            ReportPlots.Faults(result),
            ReportPlots.Incidents(content.View));
        yield return Card(
            "Agent by agent",
            "Accuracy after the last round an agent took part in. Own and global adapter are measured on texts the agent held back, "
                + "training alone on the central test set.",
            ReportPlots.Agents(content));
        yield return Card(
            "Who holds what",
            "Training examples of each label. The more uneven, the further apart the agents' updates lie.",
            LabelGrid.Draw(
                "Training examples by agent and label",
                content.Labels,
                [.. content.Holdings.Select(h => h.Agent)],
                [.. content.Holdings.Select(h => h.Counts)]));
        yield return Card("Round by round", "The same figures as numbers.", ReportPlots.RoundTable(result));
    }

    private static XElement Card(string heading, string explanation, params object?[] content) =>
        Styled("section", "card", Node("h2", heading), Styled("p", "why", explanation), content);

    private static string SafeText(string text) => CommandLine.SafeText.OneLine(text);
}
