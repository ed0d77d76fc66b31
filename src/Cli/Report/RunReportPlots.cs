using System.Globalization;
using System.Xml.Linq;
using EdgeFlora.Cli.Live;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Cli.Report;

/// <summary>Any run's figures as plots; null where there is nothing to plot.</summary>
internal static class RunReportPlots
{
    public static XElement? Quality(RunReport report)
    {
        Series[] series =
        [
            new("central test set", "s1", [.. Central(report)]),
            new("at the agents", "s2", [.. AtAgents(report, agent => report.IsLanguage ? null : agent.GlobalAccuracy, before: true)]),
            new("agents' own", "s4", [.. AtAgents(report, agent => report.IsLanguage ? null : agent.LocalAccuracy, before: false)]),
        ];
        return report.IsLanguage
            ? Draw("Loss by round", series, value => Shown.Figure(value))
            : Draw("Accuracy by round", series, value => Shown.Percent(value));
    }

    /// <param name="ofStep">Relative to the round's own step, and not to the whole update.</param>
    public static XElement? Divergence(RunReport report, bool ofStep)
    {
        Series Of(string name, string style, Func<RoundFigures, double?> value) => new(
            name,
            style,
            [.. report.Committed.Where(round => value(round.Figures) is not null).Select(round => (round.Round, value(round.Figures)!.Value))]);
        return Draw(
            ofStep ? "Divergence of the round's own step" : "Divergence of the whole update",
            [
                Of("FedIT", "s3", figures => ofStep ? figures.StepDivergenceFedIt : figures.DivergenceFedIt),
                Of(report.Run.Summary.Strategy, "s1", figures => ofStep ? figures.StepDivergenceUsed : figures.DivergenceUsed),
                Of("bound", "s5", figures => ofStep ? figures.StepDivergenceBound : figures.DivergenceBound),
            ],
            value => Shown.Figure(value));
    }

    public static XElement? Agents(FinalMeasures measures)
    {
        DotRow[] rows =
        [
            .. measures.Agents.Where(agent => agent.Accuracy is not null)
                .Select(agent => new DotRow(agent.AgentId, [agent.Accuracy, agent.OwnAccuracy])),
        ];
        return rows.Length == 0 ? null : DotPlot.Draw("Accuracy by agent", [("published adapter", "s1"), ("its own, which it keeps", "s4")], rows);
    }

    public static XElement Labels(FinalMeasures measures) => BarPlot.Draw(
        "Recall by label",
        [
            .. measures.Labels.Select(label => new Bar(
                label.Label, "s2", label.Recall ?? 0, label.Recall is null ? "no example" : string.Create(
                    CultureInfo.InvariantCulture, $"{Shown.Percent(label.Recall)} of {label.Examples}"))),
        ]);

    private static XElement? Draw(string description, IReadOnlyList<Series> series, Func<double, string> written)
    {
        Series[] known = [.. series.Where(one => one.Points.Count > 0)];
        return known.Length == 0 ? null : LinePlot.Draw(
            description, known, [], length => Axis.Covering(known.SelectMany(one => one.Points).Max(point => point.Value), length), written);
    }

    private static IEnumerable<(int Round, double Value)> Central(RunReport report) => report.View.Rounds.Values
        .Select(round => (round.Number, Value: report.IsLanguage ? round.GlobalLoss : round.GlobalAccuracy))
        .Where(round => round.Value is not null).Select(round => (round.Number, round.Value!.Value));

    /// <param name="before">Whether the figure is of the adapter that the round began with.</param>
    private static IEnumerable<(int Round, double Value)> AtAgents(RunReport report, Func<AgentRound, double?> figure, bool before) =>
        report.View.Agents.Values.SelectMany(agent => agent.Rounds)
        .Where(part => figure(part.Value) is not null)
        .GroupBy(part => part.Key - (before ? 1 : 0))
        .OrderBy(round => round.Key)
        .Select(round => (round.Key, round.Average(part => figure(part.Value)!.Value)));
}
