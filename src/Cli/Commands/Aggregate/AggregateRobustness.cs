using System.Globalization;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Streaming;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Commands.Aggregate;

/// <summary>What a rule against outliers did, part of <see cref="AggregateReport"/>.</summary>
/// <param name="Rule"><c>clip</c>, <c>multi-krum</c>, <c>geometric-median</c> or <c>centred-clipping</c>.</param>
/// <param name="ClipFactor">Multiples of the median length that changes are shortened to; 0 for none.</param>
/// <param name="MedianLength">Of the folders' changes, all modules together; null where nothing is shortened.</param>
/// <param name="ErrorsAreOf">Which update the reported errors are distances from: <c>afterRule</c>, for it changed something, or
/// <c>weightedMean</c>.</param>
/// <param name="Folders">One entry for each folder with a weight, in ordinal order of the paths.</param>
internal sealed record AggregateRobustness(
    string Rule, double ClipFactor, double? MedianLength, string ErrorsAreOf, IReadOnlyList<RobustFolder> Folders)
{
    private const string AfterRule = "afterRule";

    // Shares that differ by rounding only are the same.
    private const double Same = 1e-12;

    /// <summary>Null where no rule was asked for.</summary>
    public static AggregateRobustness? Of(AggregationOptions options, MergeResult merged)
    {
        string rule = RobustRules.NameOf(options);
        if (rule == RobustRules.None)
        {
            return null;
        }

        RobustFolder[] folders =
        [
            .. merged.Weights.Select((weight, i) => new RobustFolder(
                weight.AgentId, merged.Asked[i], weight.Share, options.ClipFactor > 0 && merged.Weights.Count >= 3
                    ? weight.ChangeNorm
                    : null, weight.Clip)),
        ];
        double[] lengths = [.. folders.Select(folder => folder.Length).OfType<double>()];
        double? median = lengths.Length == 0 ? null : LowerMedian.Of(lengths);
        return new AggregateRobustness(rule, options.ClipFactor, median, Array.Exists(folders, IsChanged) ? AfterRule : "weightedMean", folders);
    }

    public IEnumerable<string> Lines()
    {
        if (ErrorsAreOf != AfterRule)
        {
            yield return Folders.Count < 3
                ? $"  --robust {Rule} changed nothing: of fewer than three adapters none can be called the odd one"
                : $"  --robust {Rule} changed nothing";
            yield break;
        }

        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"  --robust {Rule} changed {Folders.Count(IsChanged)} of {Folders.Count}; the errors above are distances from the update after that, "
                + $"not from the weighted mean that was asked for");
        foreach (RobustFolder folder in Folders.Where(IsChanged))
        {
            if (folder.Clip < 1)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"  shortened to {folder.Clip:P1} (length {folder.Length:G4}, at most {ClipFactor:G4} × the median {MedianLength:G4}): "
                        + $"{folder.Folder}");
            }

            if (Math.Abs(folder.Used - folder.Asked) > Same)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"  weight {folder.Asked:P1} became {folder.Used:P1}: {folder.Folder}");
            }
        }
    }

    private static bool IsChanged(RobustFolder folder) => folder.Clip < 1 || Math.Abs(folder.Used - folder.Asked) > Same;
}
