using System.CommandLine;
using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Aggregation.Ranks;
using EdgeFlora.Aggregation.Streaming;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Commands.Aggregate;

/// <summary>The merged adapter once more at lower ranks, for agents that can hold no more (FlexLoRA, arXiv 2402.11505).</summary>
internal sealed class ReadOutOption
{
    private readonly Option<string> ranks = new("--read-out")
    {
        Description = "Write beside the merged adapter the best ones of these lower ranks, each into DIR.rank-R",
        HelpName = "R1,R2,…",
    };

    public Option Option => ranks;

    /// <summary>The ranks asked for, each once.</summary>
    /// <exception cref="InputException">One of them is no rank.</exception>
    public IReadOnlyList<int> Ranks(ParseResult parsed) => parsed.GetValue(ranks) is not { } text ? [] :
    [
        .. text.Split(',').Select(part =>
            int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int rank) && rank is >= 1 and <= 1024
            ? rank
            : throw new InputException($"--read-out has '{part}'; it must be ranks (1 … 1024) with commas between them, as 4,8")).Distinct(),
    ];

    /// <summary>Where the adapter of a rank goes.</summary>
    public static string Folder(string target, int rank) =>
        string.Create(CultureInfo.InvariantCulture, $"{Path.TrimEndingDirectorySeparator(target)}.rank-{rank}");

    /// <exception cref="InputException">A rank is above that of the merged adapter.</exception>
    /// <exception cref="AdapterFormatException">A folder in the way is no adapter's.</exception>
    public static void RequireWritable(IReadOnlyList<int> ranks, string target, MergeResult merged)
    {
        int highest = merged.Global.Settings.Rank;
        foreach (int rank in ranks)
        {
            if (rank > highest)
            {
                throw new InputException($"--read-out has {rank}; the merged adapter has rank {highest}, and what is read out of it 1 … {highest}");
            }

            PeftFolder.RequireReplaceable(Folder(target, rank));
        }
    }

    /// <param name="baseDelta">As of the merged adapter: SHA-256 of the base delta it stands on.</param>
    public static void Write(IReadOnlyList<int> ranks, string target, MergeRequest request, MergeResult merged, string? baseDelta)
    {
        foreach (int rank in ranks)
        {
            PeftFolder.Write(
                Folder(target, rank),
                RankReadOut.Of(merged.Global, rank, request.Options.Gauge),
                merged.BaseModelName,
                merged.TaskType,
                labels: merged.Labels,
                baseDeltaSha256: baseDelta);
        }
    }
}
