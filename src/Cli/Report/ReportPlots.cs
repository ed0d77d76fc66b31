using System.Globalization;
using System.Xml.Linq;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Live;
using EdgeFlora.Contracts.Events;
using static EdgeFlora.Cli.Report.Mark;

namespace EdgeFlora.Cli.Report;

/// <summary>A run's figures as plots and tables.</summary>
internal static class ReportPlots
{
    private static readonly string[] FaultHeadings = ["fault caused", "round", "struck", "what came of it"];

    public static XElement Accuracy(DemoResult result)
    {
        List<(int, double)> points = [(0, result.BaseAccuracy)];
        points.AddRange(result.Rounds.Where(round => round.GlobalAccuracy is not null).Select(round => (round.Round, round.GlobalAccuracy!.Value)));
        List<Level> levels = [new Level("base", "s5", result.BaseAccuracy)];
        if (result.LocalOnlyAccuracyMean is { } alone)
        {
            levels.Add(new Level("alone, mean", "s3", alone));
        }

        if (result.CentralisedAccuracy is { } central)
        {
            levels.Add(new Level("centralised", "s2", central));
        }

        double largest = points.Select(point => point.Item2).Concat(levels.Select(level => level.Value)).Max();
        return LinePlot.Draw(
            "Accuracy of the global adapter by round",
            [new Series("federated", "s1", points)],
            levels,
            length => Axis.Covering(largest, length),
            value => Shown.Percent(value));
    }

    public static XElement Divergence(DemoResult result)
    {
        RoundResult[] known = [.. result.Rounds.Where(round => round.Divergence is not null)];
        Series Of(string name, string style, Func<DivergenceResult, double> value) =>
            new(name, style, [.. known.Select(round => (round.Round, value(round.Divergence!)))]);
        Series[] series = [Of("FedIT", "s3", d => d.FedIt), Of(result.Strategy, "s1", d => d.Used), Of("bound", "s5", d => d.Bound)];
        double largest = series.SelectMany(s => s.Points).Select(p => p.Value).DefaultIfEmpty(1).Max();
        return LinePlot.Draw("Divergence by round", series, [], length => Axis.Covering(largest, length), value => Shown.Figure(value));
    }

    public static XElement Merges(MergeFigures merges)
    {
        string[] headings = ["merge", "ϱ", "accuracy", "beside FedIT, points", "± two standard errors"];
        return Styled(
            "div",
            "scroll",
            Node(
                "table",
                Node("thead", Node("tr", headings.Select(heading => Node("th", At("scope", "col"), heading)))),
                Node("tbody", merges.Rows.Select((row, i) => Node(
                    "tr",
                    Node("th", At("scope", "row"), row.Merge),
                    Cells(
                        Shown.Figure(row.Divergence),
                        Shown.Percent(row.Accuracy),
                        i == 0 ? Shown.Unknown : string.Create(CultureInfo.InvariantCulture, $"{100 * row.AheadOfFedIt:+0.0;−0.0;0.0}"),
                        i == 0 ? Shown.Unknown : string.Create(CultureInfo.InvariantCulture, $"{100 * row.Margin:0.0}")))))));
    }

    public static XElement Bytes(DemoResult result) => BarPlot.Draw(
        "Bytes sent by the agents",
        [
            new Bar("as sent", "s1", result.Bytes.Up, Shown.Bytes(result.Bytes.Up)),
            new Bar("as fp32 factors", "s4", result.Bytes.Fp32Factors, Shown.Bytes(result.Bytes.Fp32Factors)),
            new Bar("as whole models", "s3", result.Bytes.FullModel, Shown.Bytes(result.Bytes.FullModel)),
        ]);

    public static XElement Agents(ReportContent content)
    {
        IEnumerable<DotRow> rows = content.Holdings.Select(holding =>
        {
            AgentRound? last = content.View.Agents.TryGetValue(holding.Agent, out AgentView? agent)
                ? agent.Rounds.Values.LastOrDefault(part => part.LocalAccuracy is not null)
                : null;
            return new DotRow(holding.Agent, [last?.LocalAccuracy, agent?.GlobalAccuracy, holding.AloneAccuracy]);
        });
        return DotPlot.Draw("Accuracy by agent", [("own adapter", "s4"), ("global adapter", "s1"), ("alone, central test set", "s3")], [.. rows]);
    }

    public static XElement Legend() => Styled(
        "p",
        "legend",
        Entry("good", "accepted"), Entry("slow", "too late"), Entry("bad", "refused"), Entry("gone", "dropped"));

    /// <summary>What the demo did to its own run, and what came of it; nothing for a calm run.</summary>
    public static XElement? Faults(DemoResult result) => result.Faults.Count == 0 ? null : Styled(
        "div",
        "scroll",
        Styled(
            "table",
            "faults",
            Node("thead", Node("tr", FaultHeadings.Select(heading => Node("th", At("scope", "col"), heading)))),
            Node("tbody", result.Faults.Select(fault => Node(
                "tr",
                Node("th", At("scope", "row"), FaultNames.Of(fault.Fault)),
                Cells(Number(fault.Round), fault.Agent ?? "coordinator", (fault.Survived ? "survived: " : "not survived: ") + fault.Outcome))))));

    public static XElement? Incidents(RunView view)
    {
        IReadOnlyList<RunEvent> incidents = Timeline.Numbered(view);
        return incidents.Count == 0
            ? Styled("p", "why", "Nothing did.")
            : Styled("ol", "incidents", incidents.Select(incident => Node("li", EventLine.For(incident) ?? incident.Kind.ToString())));
    }

    public static XElement RoundTable(DemoResult result)
    {
        string[] headings =
        [
            "round", "offered", "accepted", "dropped", "late", "refused", "ϱ used", "ϱ FedIT", "ϱ bound", "global", "own, mean", "up",
            "down", "seconds",
        ];
        return Styled(
            "div",
            "scroll",
            Node(
                "table",
                Node("thead", Node("tr", headings.Select(heading => Node("th", At("scope", "col"), heading)))),
                Node("tbody", result.Rounds.Select(Row))));
    }

    private static XElement Row(RoundResult round) => Node(
        "tr",
        Node("th", At("scope", "row"), round.Round),
        Cells(
            Number(round.Offered), Number(round.Accepted), Number(round.Dropped), Number(round.Late), Number(round.Rejected.Count),
            Shown.Figure(round.Divergence?.Used), Shown.Figure(round.Divergence?.FedIt), Shown.Figure(round.Divergence?.Bound),
            Shown.Percent(round.GlobalAccuracy), Shown.Percent(round.LocalAccuracyMean),
            Shown.Bytes(round.BytesUp), Shown.Bytes(round.BytesDown), round.Seconds.ToString("0.0", CultureInfo.InvariantCulture)));

    private static IEnumerable<XElement> Cells(params string[] texts) => texts.Select(text => Node("td", SafeText.OneLine(text)));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static XElement Entry(string style, string name) =>
        Node("span", Styled("i", $"swatch {style}", "\u00a0"), " ", name);
}
