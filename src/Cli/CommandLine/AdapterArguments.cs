using System.CommandLine;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>Options of the adapter that is trained, alike for a run and on one machine.</summary>
internal sealed class AdapterArguments
{
    private readonly Option<string> variant = VariantOption.Create();
    private readonly Option<int> rank = Ranged.Number("--rank", "Inner dimension of the factors", "", 1, 1024, 8);
    private readonly Option<double> alpha = Ranged.Number(
        "--lora-alpha", "α, numerator of the scale α/rank; 0: twice the rank (hira: the rank)", "", 0, 10_000, 0.0);
    private readonly Option<string> targets = new("--targets")
    {
        Description = "Adapted layers, separated by commas: endings of their names, patterns for whole names (*.layers.1?.*_proj) or all-linear; "
            + "without it queries and values, as usual in the model's family",
        HelpName = "NAME,NAME,…",
    };

    public AdapterArguments() => alpha.Aliases.Add("--alpha");

    public Option[] All => [variant, rank, alpha, targets];

    /// <returns>Variant, rank, scale, and the target modules: null for the family's usual ones.</returns>
    public (AdapterVariant Variant, int Rank, double Alpha, IReadOnlyList<string>? Targets) Read(ParseResult parsed)
    {
        AdapterVariant chosen = VariantOption.Parse(parsed.GetRequiredValue(variant));
        int r = parsed.GetValue(rank);
        double scale = parsed.GetValue(alpha) is > 0 and var given ? given : chosen == AdapterVariant.Hira ? r : 2 * r;
        return (chosen, r, scale, parsed.GetValue(targets)?.Split(',', StringSplitOptions.TrimEntries));
    }

    /// <exception cref="InputException">A target is no layer of the model; the message lists those that are.</exception>
    public static void RequireLayers(BaseModelFolder model, IReadOnlyList<string> targets)
    {
        try
        {
            model.Layers(targets);
        }
        catch (AdapterFormatException misfit)
        {
            throw new InputException($"--targets is '{string.Join(',', targets)}': {misfit.Message}", misfit);
        }
    }
}
