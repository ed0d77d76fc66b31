using System.Globalization;
using System.Xml.Linq;
using EdgeFlora.Cli.Live;
using EdgeFlora.Cli.Report;
using EdgeFlora.Experiments;
using EdgeFlora.Experiments.Results;

namespace EdgeFlora.Cli.Commands.Experiments;

/// <summary>The figures of an experiment.</summary>
internal static class ExperimentPlots
{
    /// <summary>The figures of one regime.</summary>
    public static IEnumerable<(string Title, string Why, XElement Drawing)> Of(ExperimentResult result, Regime regime)
    {
        CellFigures[][] methods = [.. result.Experiment.Methods.Select(method => Cells(result, regime, method))];
        BaselineFigures[] baselines = [.. result.Baselines.Where(baseline => baseline.Regime == regime)];
        yield return (
            "Accuracy by round",
            "The global adapter on the central test set; bands are 95 % confidence intervals over seeds.",
            BandPlot.Draw(
                "Accuracy by round", ByRound(methods, round => round.Test?.Accuracy), Levels(baselines), Axis.Fraction(1), Percent, "round", Whole));
        yield return (
            "Local and global",
            "What agents send, measured by itself on the central test set; the global adapter there and on the agents' held-out texts; the agents "
            + "after training on theirs.",
            DotPlot.Draw(
                "Local and global accuracy",
                [("sent, central", "s4"), ("global, central", "s1"), ("global, held out", "s2"), ("local, held out", "s3")],
                [.. methods.Select(LocalAndGlobal)]));
        yield return Divergence(
            methods,
            "Divergence by round, of the whole update",
            "‖aggregate − T‖ / ‖T‖. From the second round on the global adapter is in T, so that this is small.",
            round => round.Whole,
            round => round.Bound);
        yield return Divergence(
            methods,
            "Divergence by round, of the round's own step",
            "‖aggregate − T‖ / ‖T − P₀‖, P₀ what agents started from.",
            round => round.Step,
            round => round.BoundOfStep);
        foreach ((string title, bool isFirst) in new[] { ("Divergence by layer, first round", true), ("Divergence by layer, last round", false) })
        {
            yield return (title, "Of the round's own step, for each adapted module; means over seeds.", Layers(methods, isFirst));
        }

        yield return (
            "Accuracy by bytes sent",
            "Agents' updates up to each round, all agents together.",
            BandPlot.Draw(
                "Accuracy by bytes sent",
                [.. methods.Select(ByBytes).Where(curve => curve.Points.Count > 0)],
                Levels(baselines),
                Axis.Fraction(1),
                Percent,
                "megabytes sent",
                value => value.ToString("0.0#", CultureInfo.InvariantCulture)));
    }

    /// <summary>Accuracy at the end over each axis along which regimes differ, and in nothing else.</summary>
    public static IEnumerable<(string Title, string Why, XElement Drawing)> OverAxes(ExperimentResult result)
    {
        (string Name, Func<Regime, double> Of, Func<Regime, Regime> Others, bool IsLogarithmic)[] axes =
        [
            ("Dirichlet α", regime => regime.Alpha, regime => regime with { Alpha = 1 }, true),
            ("agents", regime => regime.Agents, regime => regime with { Agents = 2 }, true),
            ("share of the agents in a round", regime => regime.Share, regime => regime with { Share = 1 }, false),
            ("rank", regime => regime.Rank, regime => regime with { Rank = 1 }, true),
            ("steps of an agent in a round", regime => regime.Steps, regime => regime with { Steps = 1 }, true),
        ];
        foreach ((string name, Func<Regime, double> of, Func<Regime, Regime> rest, bool isLogarithmic) in axes)
        {
            foreach (IGrouping<Regime, Regime> same in result.Experiment.Regimes.GroupBy(rest).Where(group => group.Count() > 1))
            {
                BandSeries[] series =
                [
                    .. result.Experiment.Methods.Select(method => new BandSeries(
                        method.Name,
                        [
                            .. same.OrderBy(of)
                                .Select(regime => (At: of(regime), Figure: AtTheEnd(Cells(result, regime, method))))
                                .Where(point => point.Figure is not null).Select(point => Point(point.At, point.Figure!)),
                        ])),
                ];
                yield return (
                    $"Accuracy over {name}",
                    $"At the end, on the central test set; {same.First()} and the like.",
                    BandPlot.Draw(
                        $"Accuracy over {name}",
                        series,
                        [],
                        Axis.Fraction(1),
                        Percent,
                        name,
                        value => value.ToString("0.###", CultureInfo.InvariantCulture),
                        isLogarithmic));
            }
        }
    }

    private static (string Title, string Why, XElement Drawing) Divergence(
        CellFigures[][] methods, string title, string why, Func<RoundFigures, double?> of, Func<RoundFigures, double?> bound)
    {
        BandSeries[] series = [.. ByRound(methods, of)];
        if ((methods.FirstOrDefault(cells => cells[0].Cell.Method.Strategy == "OptimalRank")
            ?? methods.FirstOrDefault(cells => cells[0].Rounds[0].Bound is not null)) is { } judged)
        {
            series = [.. series, .. ByRound([judged], bound).Select(curve => curve with { Name = "Eckart–Young bound" })];
        }

        double largest = series.SelectMany(curve => curve.Points).Select(point => point.High).DefaultIfEmpty(1).Max();
        return (title, why, BandPlot.Draw(title, series, [], Axis.Covering(largest, 1), Ratio, "round", Whole));
    }

    private static XElement Layers(CellFigures[][] methods, bool isFirst)
    {
        IReadOnlyList<LayerFigures> Of(CellFigures cell) => isFirst ? cell.Rounds[0].Layers : cell.Rounds[^1].Layers;
        CellFigures[][] shown = [.. methods.Where(cells => Of(cells[0]).Count > 0).Take(5)];
        string[] modules = shown.Length == 0 ? [] : [.. Of(shown[0][0]).Select(layer => layer.Module)];
        return DotPlot.Draw(
            isFirst ? "Divergence by layer, first round" : "Divergence by layer, last round",
            [.. shown.Select((cells, i) => (cells[0].Cell.Method.Name, $"s{i + 1}"))],
            [
                .. modules.Select((module, m) => new DotRow(
                    Short(module),
                    [.. shown.Select(cells => Mean(cells.Select(cell => Of(cell)[m].Step).OfType<double>()))])),
            ]);
    }

    private static IReadOnlyList<BandSeries> ByRound(CellFigures[][] methods, Func<RoundFigures, double?> of) =>
    [
        .. methods.Select(cells => new BandSeries(
            cells[0].Cell.Method.Name,
            [
                .. Enumerable.Range(0, cells[0].Rounds.Count)
                    .Select(i => (Round: i + 1, Figure: Interval.Of(cells.Select(cell => of(cell.Rounds[i])).OfType<double>())))
                    .Where(point => point.Figure is not null).Select(point => Point(point.Round, point.Figure!)),
            ])).Where(curve => curve.Points.Count > 0),
    ];

    private static BandSeries ByBytes(CellFigures[] cells)
    {
        var points = new List<(double, double, double, double)>();
        double sent = 0;
        for (int i = 0; i < cells[0].Rounds.Count; i++)
        {
            sent += cells.Average(cell => (double)cell.Rounds[i].BytesUp) / 1e6;
            if (Interval.Of(cells.Select(cell => cell.Rounds[i].Test?.Accuracy).OfType<double>()) is { } figure)
            {
                points.Add(Point(sent, figure));
            }
        }

        return new BandSeries(cells[0].Cell.Method.Name, points);
    }

    private static (double X, double Value, double Low, double High) Point(double x, Interval interval) =>
        (x, interval.Mean, interval.Mean - (interval.Half ?? 0), interval.Mean + (interval.Half ?? 0));

    private static List<(string Name, double Value)> Levels(BaselineFigures[] baselines)
    {
        var levels = new List<(string, double)> { ("base model", baselines.Average(baseline => baseline.Base)) };
        if (baselines.All(baseline => baseline.Centralised is not null))
        {
            levels.Add(("agents alone", baselines.Average(baseline => baseline.Alone.Average())));
            levels.Add(("all texts in one place", baselines.Average(baseline => baseline.Centralised!.Value)));
        }

        return levels;
    }

    private static CellFigures[] Cells(ExperimentResult result, Regime regime, Method method) =>
        [.. result.Cells.Where(cell => cell.Cell.Regime == regime && cell.Cell.Method == method)];

    private static Interval? AtTheEnd(CellFigures[] cells) => Interval.Of(cells.Select(cell => cell.Accuracy).OfType<double>());

    private static DotRow LocalAndGlobal(CellFigures[] cells) => new(
        cells[0].Cell.Method.Name,
        [
            Mean(cells.SelectMany(cell => cell.LocalOnTest)),
            Mean(cells.Select(cell => cell.Accuracy).OfType<double>()),
            Mean(cells.Select(cell => cell.Rounds[^1].GlobalHeldOut).OfType<double>()),
            Mean(cells.Select(cell => cell.Rounds[^1].LocalHeldOut).OfType<double>()),
        ]);

    private static double? Mean(IEnumerable<double> values) => Interval.Of(values)?.Mean;

    private static string Short(string module) =>
        string.Join('.', module.Split('.').Where(part => part is not ("bert" or "encoder" or "attention" or "self" or "layer")).TakeLast(3));

    private static string Percent(double value) => Shown.Percent(value);

    private static string Ratio(double value) => value.ToString("0.00#", CultureInfo.InvariantCulture);

    private static string Whole(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
