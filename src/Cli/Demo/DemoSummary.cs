using System.Globalization;
using EdgeFlora.Cli.Live;
using EdgeFlora.Cli.Report;

namespace EdgeFlora.Cli.Demo;

/// <summary>A demo's result in a dozen lines for the terminal.</summary>
internal static class DemoSummary
{
    private const int Column = 22;

    public static IEnumerable<string> Lines(DemoResult result, DemoFolder folder)
    {
        yield return "";
        yield return Line("base", Shown.Percent(result.BaseAccuracy));
        yield return Line("global, by round", string.Join("  ", result.Rounds.Select(round => Shown.Percent(round.GlobalAccuracy))));
        if (result is { LocalOnlyAccuracyMean: { } alone, CentralisedAccuracy: { } central })
        {
            yield return Line("agents alone, mean", $"{Shown.Percent(alone)}  ({DemoBudget.BaselineSteps} steps each, on every second test text)");
            yield return Line("centralised", $"{Shown.Percent(central)}  (all data in one place, {DemoBudget.BaselineSteps * result.Agents} steps)");
        }

        foreach ((string name, Func<DivergenceResult, double> value) in Curves(result))
        {
            yield return Line(
                name,
                string.Join(
                    "  ",
                    result.Rounds.Select(round => Shown.Figure(round.Divergence is { } divergence ? value(divergence) : null).PadLeft(6))));
        }

        if (result.Merges is { } merges)
        {
            yield return Line("one round merged by", Cells(merges, row => row.Merge));
            yield return Line("  ϱ", Cells(merges, row => Shown.Figure(row.Divergence)));
            yield return Line("  accuracy", Cells(merges, row => Shown.Percent(row.Accuracy)));
            yield return "  " + merges.Verdict();
        }

        yield return Line(
            "bytes sent by agents",
            $"{Shown.Bytes(result.Bytes.Up)}  (fp32 factors {Shown.Bytes(result.Bytes.Fp32Factors)}, "
                + $"whole models {Shown.Bytes(result.Bytes.FullModel)})");
        if (result.Faults.Count > 0)
        {
            yield return Line(
                "faults survived",
                string.Create(CultureInfo.InvariantCulture, $"{result.Faults.Count(fault => fault.Survived)} of {result.Faults.Count}"));
            foreach (FaultResult fault in result.Faults)
            {
                string what = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{FaultNames.Of(fault.Fault)} ({fault.Agent ?? "coordinator"}, round {fault.Round}): {fault.Outcome}");
                yield return "  " + CommandLine.SafeText.OneLine(what);
            }
        }

        yield return Line(
            "time", string.Create(CultureInfo.InvariantCulture, $"{result.Seconds.Federated:0.0} s federated, {result.Seconds.Total:0.0} s in all"));
        yield return Line("report", folder.Report);
        yield return Line("adapter", $"{folder.Adapter}  (try: edgeflora classify --adapter {folder.Adapter} \"…\")");
    }

    private static (string Name, Func<DivergenceResult, double> Value)[] Curves(DemoResult result) =>
        [($"ϱ {result.Strategy}", d => d.Used), ("ϱ FedIT", d => d.FedIt), ("ϱ bound", d => d.Bound)];

    private static string Cells(MergeFigures merges, Func<MergeRow, string> cell) =>
        string.Join("  ", merges.Rows.Select(row => cell(row).PadLeft(Math.Max(row.Merge.Length, 6))));

    private static string Line(string name, string value) => name.PadRight(Column) + value;
}
