using System.CommandLine;
using EdgeFlora.Adapters;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Coordinator;

/// <summary>Options of the adapter that a run trains.</summary>
internal sealed class LoraArguments
{
    private static readonly LoraOptions Standard = new();

    private readonly Option<int> rank = Ranged.Number("--rank", "LoRA rank", "", 1, 1024, Standard.Rank);
    private readonly Option<double> alpha = Ranged.Number("--lora-alpha", "LoRA α, numerator of the scale α/rank", "", 0.001, 10_000, Standard.Alpha);
    private readonly Option<string> targets = new("--targets") { Description = "Endings of the names of adapted modules, separated by commas", HelpName = "NAMES", DefaultValueFactory = _ => string.Join(',', Standard.TargetModules) };

    public IEnumerable<Option> All => [rank, alpha, targets];

    public LoraOptions Read(ParseResult parsed) => new()
    {
        Rank = parsed.GetValue(rank),
        Alpha = parsed.GetValue(alpha),
        Variant = AdapterVariant.Lora,
        TargetModules = parsed.GetRequiredValue(targets).Split(',', StringSplitOptions.TrimEntries),
    };
}
