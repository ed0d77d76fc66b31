using EdgeFlora.Adapters;

namespace EdgeFlora.Coordinator.Options;

/// <summary>Shape and kind of the adapter, as PEFT names them.</summary>
public sealed record LoraOptions
{
    /// <summary>Inner dimension of the factors of the global adapter, 1 … 1024. Default 8.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>Ranks of agents that may be lower; absent: all have <see cref="Rank"/>, which else is the highest of them.</summary>
    public AgentRanks? Ranks { get; init; }

    /// <summary>Numerator of the scale α/r, above 0 … 10,000. Default 16.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>How ΔW is made from the factors. Default <see cref="AdapterVariant.Lora"/>.</summary>
    public AdapterVariant Variant { get; init; } = AdapterVariant.Lora;

    /// <summary>
    /// Endings of the names of adapted modules, patterns for whole names (<c>*.layers.1?.*_proj</c>) or <c>all-linear</c>; at least one. Default
    /// absent: those that LoRA is usually put on in the base model's family.
    /// </summary>
    public IReadOnlyList<string>? TargetModules { get; init; }

    /// <summary>Without the modules to save: those are the head's, and the base model's family says what that is.</summary>
    /// <param name="usual">The target modules where none are named.</param>
    internal LoraSettings Settings(IReadOnlyList<string> usual) => new()
    {
        Rank = Rank,
        Alpha = Alpha,
        Variant = Variant,
        TargetModules = TargetModules ?? usual,
    };

    internal IEnumerable<string> Problems()
    {
        foreach (string problem in OptionRange.Whole("Lora:Rank", Rank, 1, 1024)
            .Concat(OptionRange.Number("Lora:Alpha", Alpha, double.Epsilon, 10_000))
            .Concat(RankProblems()))
        {
            yield return problem;
        }

        if (TargetModules is { } targets && (targets.Count == 0 || targets.Any(string.IsNullOrWhiteSpace)))
        {
            yield return $"Lora:TargetModules is [{string.Join(", ", targets)}]; name at least one ending of module names, such as query, and no "
                + $"empty one.";
        }

        if (!Enum.IsDefined(Variant))
        {
            yield return $"Lora:Variant is {Variant}; it is one of {string.Join(", ", Enum.GetNames<AdapterVariant>())}.";
        }
    }

    private IEnumerable<string> RankProblems()
    {
        if (Ranks is null)
        {
            return [];
        }

        string[] wrong = [.. Ranks.Problems()];
        return wrong.Length > 0 ? wrong
            : Variant is AdapterVariant.Lora or AdapterVariant.RsLora ? []
            : [
                $"Lora:Rank is not the same for all agents and Lora:Variant is {Variant.ToString().ToLowerInvariant()}; ranks of their own go with "
                    + "lora and rslora.",
            ];
    }
}
