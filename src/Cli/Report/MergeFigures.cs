using System.Globalization;

namespace EdgeFlora.Cli.Report;

/// <summary>One round's updates, merged in several ways.</summary>
/// <param name="Steps">Optimiser steps that each agent trained for.</param>
/// <param name="TestTexts">Texts of the central test set.</param>
/// <param name="Rows">FedIT first, exact last.</param>
internal sealed record MergeFigures(int Steps, int TestTexts, IReadOnlyList<MergeRow> Rows)
{
    /// <summary>What the figures say, and what they do not, in two sentences.</summary>
    public string Verdict()
    {
        MergeRow fedIt = Rows[0];
        MergeRow nearest = Rows.Skip(1).SkipLast(1).MinBy(row => row.Divergence)!;
        string error = string.Create(
            CultureInfo.InvariantCulture,
            $"At the same bytes {nearest.Merge} comes nearest to the ideal mean: "
                + $"ϱ {nearest.Divergence:0.000} beside FedIT's {fedIt.Divergence:0.000}.");
        MergeRow[] apart = [.. Rows.Skip(1).Where(row => Math.Abs(row.AheadOfFedIt) > row.Margin)];
        string accuracy = apart.Length > 0
            ? $"On {TestTexts} test texts {string.Join(" and ", apart.Select(Told))}; that is more than chance."
            : string.Create(
                CultureInfo.InvariantCulture,
                $"For accuracy it does not matter here: no merge is further from FedIT than chance in {TestTexts} test texts allows "
                    + $"(± {100 * Rows.Skip(1).Max(row => row.Margin):0.0} points).");
        return $"{error} {accuracy}";
    }

    private static string Told(MergeRow row) => string.Create(
        CultureInfo.InvariantCulture,
        $"{row.Merge} is {100 * Math.Abs(row.AheadOfFedIt):0.0} ± {100 * row.Margin:0.0} points "
            + $"{(row.AheadOfFedIt > 0 ? "ahead of" : "behind")} FedIT");
}

/// <summary>One way to merge.</summary>
/// <param name="Merge">Name of the strategy; <c>exact</c>: the ideal mean itself, at a rank that holds it.</param>
/// <param name="Divergence">Relative Frobenius distance from the ideal mean.</param>
/// <param name="Accuracy">On the central test set, 0 … 1.</param>
/// <param name="AheadOfFedIt">Accuracy beyond FedIT's.</param>
/// <param name="Margin">Two standard errors of that difference, by the texts on which the two disagree.</param>
internal sealed record MergeRow(string Merge, double Divergence, double Accuracy, double AheadOfFedIt, double Margin);
