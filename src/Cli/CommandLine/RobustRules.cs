using EdgeFlora.Aggregation;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>Names of the rules against outliers.</summary>
internal static class RobustRules
{
    public const string Clip = "clip";

    public const string None = "none";

    public const string MultiKrum = "multi-krum";

    private static readonly (string Name, RobustRule Rule)[] All =
    [
        (Clip, RobustRule.None), (None, RobustRule.None), (MultiKrum, RobustRule.MultiKrum), ("geometric-median", RobustRule.GeometricMedian),
        ("centred-clipping", RobustRule.CentredClipping),
    ];

    public static IReadOnlyList<string> Names => [.. All.Select(entry => entry.Name)];

    /// <summary>The name by which these options were asked for.</summary>
    public static string NameOf(AggregationOptions options) =>
        options.Robust == RobustRule.None && options.ClipFactor == 0 ? None : All.First(entry => entry.Rule == options.Robust).Name;

    public static RobustRule Of(string name) => All.First(entry => entry.Name == name).Rule;
}
