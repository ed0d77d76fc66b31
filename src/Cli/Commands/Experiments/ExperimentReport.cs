using System.Globalization;
using System.Xml.Linq;
using EdgeFlora.Cli.Report;
using EdgeFlora.Experiments;
using EdgeFlora.Experiments.Results;
using static EdgeFlora.Cli.Report.Mark;

namespace EdgeFlora.Cli.Commands.Experiments;

/// <summary>An experiment as one page that needs no network.</summary>
internal static class ExperimentReport
{
    /// <summary>The page as UTF-8 without a byte-order mark.</summary>
    public static byte[] Render(ExperimentResult result)
    {
        Experiment experiment = result.Experiment;
        var body = new List<object?>
        {
            Node("h1", experiment.Name),
            Styled("p", "lead", experiment.Note ?? "Ways of merging on the same data, agents and seeds."),
            Facts(result),
        };
        foreach (Regime regime in experiment.Regimes)
        {
            body.AddRange(OfRegime(result, regime, experiment.Regimes.Count > 1));
        }

        body.AddRange(ExperimentPlots.OverAxes(result).Select(plot => Card(plot.Title, plot.Why, plot.Drawing)));
        return Page.Render(experiment.Name, ReportStyle.Sheet + BandPlot.Sheet, body);
    }

    private static IEnumerable<XElement> OfRegime(ExperimentResult result, Regime regime, bool named)
    {
        string suffix = named ? $" ({regime})" : "";
        double target = ResultTables.Target(result, regime);
        yield return Card(
            $"At the end{suffix}",
            "Accuracy of the last global adapter on the central test set and on the agents' held-out texts, the agent served worst, and of what "
            + "agents sent in the last round by itself; means with 95 % confidence intervals over seeds (Student's t). ϱ is the distance of the "
            + "aggregate from the ideal update, relative to the whole update and to the round's own step.",
            HtmlTable.Draw(ResultTables.Summary(result, regime)));
        foreach ((string title, string why, XElement drawing) in ExperimentPlots.Of(result, regime))
        {
            yield return Card(title + suffix, why, drawing);
        }

        yield return Card(
            string.Create(CultureInfo.InvariantCulture, $"What {100 * target:0.0} % accuracy costs{suffix}"),
            "Until the global adapter first reaches nine tenths of the best method's accuracy at the end; means over the seeds that reach it.",
            HtmlTable.Draw(ResultTables.CostTo(result, regime, target)));
    }

    private static XElement Facts(ExperimentResult result)
    {
        Experiment experiment = result.Experiment;
        (string Name, string Value)[] facts =
        [
            ("data", result.Texts),
            ("model", result.Model),
            ("rounds", experiment.Rounds.ToString(CultureInfo.InvariantCulture)),
            ("seeds", string.Join(", ", experiment.Seeds)),
            ("codec", experiment.Training.UpdateCodec),
        ];
        return Node("dl", facts.Select(fact => Node("div", Node("dt", fact.Name), Node("dd", fact.Value))));
    }

    private static XElement Card(string title, string why, XElement content) =>
        Styled("section", "card", Node("h2", title), Styled("p", "why", why), content);
}
