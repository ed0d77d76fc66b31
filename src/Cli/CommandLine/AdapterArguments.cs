using System.CommandLine;
using EdgeFlora.Adapters;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>Options of the adapter that is trained, alike for a run and on one machine.</summary>
internal sealed class AdapterArguments
{
    private readonly Option<string> variant = Ranged.Choice("--variant", "How the adapter changes a layer", [.. Enum.GetNames<AdapterVariant>().Select(name => name.ToLowerInvariant())], "lora");
    private readonly Option<int> rank = Ranged.Number("--rank", "Inner dimension of the factors", "", 1, 1024, 8);
    private readonly Option<double> alpha = Ranged.Number("--lora-alpha", "α, numerator of the scale α/rank; 0: twice the rank (hira: the rank)", "", 0, 10_000, 0.0);
    private readonly Option<string> targets = new("--targets") { Description = "Endings of the names of adapted layers, separated by commas; without it those of queries and values in the model's family", HelpName = "NAME,NAME,…" };

    public AdapterArguments() => alpha.Aliases.Add("--alpha");

    public Option[] All => [variant, rank, alpha, targets];

    /// <returns>Variant, rank, scale, and the target modules: null for the family's usual ones.</returns>
    public (AdapterVariant Variant, int Rank, double Alpha, IReadOnlyList<string>? Targets) Read(ParseResult parsed)
    {
        AdapterVariant chosen = Enum.Parse<AdapterVariant>(parsed.GetRequiredValue(variant), ignoreCase: true);
        int r = parsed.GetValue(rank);
        double scale = parsed.GetValue(alpha) is > 0 and var given ? given : chosen == AdapterVariant.Hira ? r : 2 * r;
        return (chosen, r, scale, parsed.GetValue(targets)?.Split(',', StringSplitOptions.TrimEntries));
    }
}
