using System.Globalization;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.Live;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Runs;

/// <summary>What agents measured at the end of a run, for people.</summary>
internal static class MeasureText
{
    private const int MostLabels = 5;

    public static IEnumerable<string> Lines(FinalMeasures measures)
    {
        if ((measures.Accuracy ?? measures.Loss) is { } spread)
        {
            string Written(double value) => Shown.Quality(measures.Accuracy is null ? null : value, value);
            yield return $"at agents    {(measures.Accuracy is null ? "loss" : "accuracy")} {Written(spread.Mean)} on average "
                + $"(deviation {Written(spread.Deviation)}, tenths {Written(spread.LowerTenth)} and {Written(spread.UpperTenth)}); "
                + $"worst {Written(spread.Worst)} at {spread.WorstAgent}";
        }

        if (measures.MacroF1 is { } f1)
        {
            LabelMeasure[] worst = [.. measures.Labels.Where(label => label.Recall is not null).OrderBy(label => label.Recall).Take(MostLabels)];
            string recalls = string.Join(", ", worst.Select(label => $"{label.Label} {Shown.Percent(label.Recall)}"));
            yield return $"labels       macro-F1 {Shown.Figure(f1)}; lowest recall: {recalls}";
        }

        if (measures.KeepOwn.Count > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"keep own     {measures.KeepOwn.Count} of {measures.Agents.Count} agents, whose own adapter does better: ")
                + string.Join(", ", measures.KeepOwn);
        }

        foreach (string line in TextTable.Lines(
            ["AGENT", "HELD OUT", "PUBLISHED", "ITS OWN", "WHY"],
            measures.Agents.Select(agent => new[]
            {
                agent.AgentId,
                agent.Missing is null ? agent.Examples.ToString(CultureInfo.InvariantCulture) : null,
                agent.Missing is null ? Shown.Quality(agent.Accuracy, agent.Loss) : null,
                agent.KeepsOwn ? Shown.Quality(agent.OwnAccuracy, agent.OwnLoss) : null,
                agent.Missing is { } missing ? $"not measured: {missing}" : null,
            })))
        {
            yield return line;
        }
    }
}
