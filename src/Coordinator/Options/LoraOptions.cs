using EdgeFlora.Adapters;

namespace EdgeFlora.Coordinator.Options;

/// <summary>Shape and kind of the adapter, as PEFT names them.</summary>
public sealed record LoraOptions
{
    /// <summary>Inner dimension of the factors, 1 … 1024. Default 8.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>Numerator of the scale α/r, above 0 … 10,000. Default 16.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>How ΔW is made from the factors. Default <see cref="AdapterVariant.Lora"/>.</summary>
    public AdapterVariant Variant { get; init; } = AdapterVariant.Lora;

    /// <summary>Endings of the names of adapted modules; at least one. Default <c>query</c>, <c>value</c>.</summary>
    public IReadOnlyList<string> TargetModules { get; init; } = ["query", "value"];

    /// <summary>Without the modules to save: those are the head's, and the base model's family says what that is.</summary>
    internal LoraSettings Settings => new()
    {
        Rank = Rank,
        Alpha = Alpha,
        Variant = Variant,
        TargetModules = TargetModules,
    };

    internal IEnumerable<string> Problems()
    {
        foreach (string problem in OptionRange.Whole("Lora:Rank", Rank, 1, 1024).Concat(OptionRange.Number("Lora:Alpha", Alpha, double.Epsilon, 10_000)))
        {
            yield return problem;
        }

        if (TargetModules.Count == 0 || TargetModules.Any(string.IsNullOrWhiteSpace))
        {
            yield return $"Lora:TargetModules is [{string.Join(", ", TargetModules)}]; name at least one ending of module names, such as query, and no empty one.";
        }

        if (!Enum.IsDefined(Variant))
        {
            yield return $"Lora:Variant is {Variant}; it is one of {string.Join(", ", Enum.GetNames<AdapterVariant>())}.";
        }
    }
}
