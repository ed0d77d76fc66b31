using System.Globalization;

namespace EdgeFlora.Experiments.Results;

/// <summary>An experiment's results as tables.</summary>
public static class ResultTables
{
    private const string None = "–";

    /// <summary>The end of each method in one regime, with the baselines, in % with 95 % intervals over seeds.</summary>
    public static Table Summary(ExperimentResult result, Regime regime)
    {
        ArgumentNullException.ThrowIfNull(result);
        BaselineFigures[] baselines = [.. result.Baselines.Where(baseline => baseline.Regime == regime)];
        var rows = new List<IReadOnlyList<string>> { Row("base model", Interval.Of(baselines.Select(b => b.Base))) };
        if (baselines.All(baseline => baseline.Centralised is not null))
        {
            rows.Add(
            [
                "each agent alone",
                Percent(Interval.Of(baselines.Select(b => b.Alone.Average()))),
                None,
                Percent(Interval.Of(baselines.Select(b => b.AloneHeldOut.OfType<double>().DefaultIfEmpty(0).Average()))),
                Percent(Interval.Of(baselines.Select(b => b.AloneHeldOut.OfType<double>().DefaultIfEmpty(0).Min()))),
                .. Enumerable.Repeat(None, 6),
            ]);
            rows.Add(Row("all texts in one place", Interval.Of(baselines.Select(b => b.Centralised!.Value))));
        }

        rows.AddRange(result.Experiment.Methods.Select(method => OfMethod(method.Name, Cells(result, regime, method))));
        return new Table(
            [
                "method", "accuracy %", "macro-F1 %", "held out %", "worst agent %", "worst, kept %", "sent, alone %",
                "ϱ first", "ϱ last", "ϱ of step, last", "MB up",
            ],
            rows);
    }

    /// <summary>
    /// What it costs to come to <paramref name="target"/> accuracy on the central test set: rounds, bytes, processor time, and the time it takes
    /// where agents train side by side, each on a core of its own, without transfers and merges.
    /// </summary>
    public static Table CostTo(ExperimentResult result, Regime regime, double target)
    {
        ArgumentNullException.ThrowIfNull(result);
        return new Table(
            ["method", "seeds that reach it", "rounds", "MB up", "MB up and down", "core seconds", "seconds side by side"],
            [
                .. result.Experiment.Methods.Select(method =>
                {
                    CellFigures[] cells = Cells(result, regime, method);
                    RoundFigures[][] costs = [.. cells.Select(cell => Until(cell, target)).OfType<RoundFigures[]>()];
                    return (IReadOnlyList<string>)
                    [
                        method.Name,
                        string.Create(CultureInfo.InvariantCulture, $"{costs.Length} of {cells.Length}"),
                        Number(costs, rounds => rounds.Length, "0.0"),
                        Number(costs, rounds => rounds.Sum(round => round.BytesUp) / 1e6, "0.00"),
                        Number(costs, rounds => rounds.Sum(round => round.BytesUp + round.BytesDown) / 1e6, "0.00"),
                        Number(costs, rounds => rounds.Sum(round => round.TrainMilliseconds) / 1e3, "0.0"),
                        Number(costs, rounds => rounds.Sum(round => round.SlowestMilliseconds) / 1e3, "0.0"),
                    ];
                }),
            ]);
    }

    /// <summary>The accuracy that <see cref="CostTo"/> is asked for by itself: nine tenths of the best mean at the end.</summary>
    public static double Target(ExperimentResult result, Regime regime)
    {
        ArgumentNullException.ThrowIfNull(result);
        double[] ends =
        [
            .. result.Cells.Where(cell => cell.Cell.Regime == regime && cell.Rounds[^1].Test is not null).GroupBy(cell => cell.Cell.Method)
                .Select(cells => cells.Average(cell => cell.Rounds[^1].Test!.Accuracy)),
        ];
        return 0.9 * ends.DefaultIfEmpty(0).Max();
    }

    /// <summary>Every figure of every round, one row each, without intervals.</summary>
    public static Table Rounds(ExperimentResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return new Table(
            [
                "method", "agents", "alpha", "share", "rank", "steps", "shared_a", "seed", "round", "accuracy", "loss", "macro_f1", "global_held_out",
                "local_held_out", "divergence", "divergence_of_step", "bound", "bound_of_step", "server_rate", "accepted", "bytes_up", "bytes_down",
                "core_ms", "slowest_ms",
            ],
            [.. result.Cells.SelectMany(cell => cell.Rounds.Select(round => (IReadOnlyList<string>)Row(cell.Cell, round)))]);
    }

    private static string[] Row(Cell cell, RoundFigures round)
    {
        object?[] values =
        [
            cell.Method.Name, cell.Regime.Agents, cell.Regime.Alpha, cell.Regime.Share, cell.Regime.Rank, cell.Regime.Steps, cell.Regime.SharedA,
            cell.Seed, round.Round,
            round.Test?.Accuracy, round.Test?.Loss, round.Test?.MacroF1, round.GlobalHeldOut, round.LocalHeldOut, round.Whole, round.Step,
            round.Bound, round.BoundOfStep, round.ServerRate, round.Accepted, round.BytesUp, round.BytesDown,
            round.TrainMilliseconds, round.SlowestMilliseconds,
        ];
        return [.. values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")];
    }

    private static string[] OfMethod(string name, CellFigures[] cells)
    {
        RoundFigures[] last = [.. cells.Select(cell => cell.Rounds[^1])];
        return
        [
            name,
            Percent(Interval.Of(cells.Select(cell => cell.Accuracy).OfType<double>())),
            Percent(Interval.Of(last.Select(round => round.Test?.MacroF1).OfType<double>())),
            Percent(Interval.Of(last.Select(round => round.GlobalHeldOut).OfType<double>())),
            Percent(Interval.Of(cells.Select(cell => cell.Worst).OfType<double>())),
            Percent(Interval.Of(cells.Select(cell => cell.WorstKept).OfType<double>())),
            Percent(Interval.Of(cells.Where(cell => cell.LocalOnTest.Count > 0).Select(cell => cell.LocalOnTest.Average()))),
            Plain(Interval.Of(cells.Select(cell => cell.Rounds[0].Whole).OfType<double>()), "0.000"),
            Plain(Interval.Of(last.Select(round => round.Whole).OfType<double>()), "0.000"),
            Plain(Interval.Of(last.Select(round => round.Step).OfType<double>()), "0.000"),
            (cells.Average(cell => cell.Rounds.Sum(round => round.BytesUp)) / 1e6).ToString("0.00", CultureInfo.InvariantCulture),
        ];
    }

    private static RoundFigures[]? Until(CellFigures cell, double target)
    {
        RoundFigures? reached = cell.Rounds.FirstOrDefault(round => round.Test?.Accuracy >= target);
        return reached is null ? null : [.. cell.Rounds.Take(reached.Round)];
    }

    private static string Number(RoundFigures[][] costs, Func<RoundFigures[], double> of, string format) =>
        costs.Length == 0 ? None : costs.Average(of).ToString(format, CultureInfo.InvariantCulture);

    private static string[] Row(string name, Interval? accuracy) => [name, Percent(accuracy), .. Enumerable.Repeat(None, 9)];

    private static CellFigures[] Cells(ExperimentResult result, Regime regime, Method method) =>
        [.. result.Cells.Where(cell => cell.Cell.Regime == regime && cell.Cell.Method == method)];

    private static string Percent(Interval? interval) =>
        Plain(interval is null ? null : new Interval(100 * interval.Mean, 100 * interval.Half, interval.Count), "0.0");

    private static string Plain(Interval? interval, string format)
    {
        if (interval is null)
        {
            return None;
        }

        string mean = interval.Mean.ToString(format, CultureInfo.InvariantCulture);
        return interval.Half is { } half ? $"{mean} ± {half.ToString(format, CultureInfo.InvariantCulture)}" : mean;
    }
}
