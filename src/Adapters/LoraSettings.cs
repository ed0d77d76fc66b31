namespace EdgeFlora.Adapters;

/// <summary>What makes two adapters comparable: they may be merged only if all of this is equal.</summary>
public sealed record LoraSettings
{
    /// <summary>Inner dimension of the factors; 1 … 1024.</summary>
    public required int Rank { get; init; }

    /// <summary>Numerator of the scale: ΔW = <see cref="Scale"/> · B·A.</summary>
    public required double Alpha { get; init; }

    /// <summary>How ΔW is made from the factors.</summary>
    public AdapterVariant Variant { get; init; } = AdapterVariant.Lora;

    /// <summary>Endings of the names of adapted modules (<c>query</c>, <c>value</c>), as PEFT's <c>target_modules</c>.</summary>
    public required IReadOnlyList<string> TargetModules { get; init; }

    /// <summary>Names of the modules trained in full and sent along (<c>classifier</c>), as PEFT's <c>modules_to_save</c>.</summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>
    /// Whether a layer tied to one of <see cref="ModulesToSave"/> changes with it, as PEFT's <c>ensure_weight_tying</c>: word embeddings trained in
    /// full then are the output layer too. Without it the output layer of a tied model stays what it was.
    /// </summary>
    public bool EnsureWeightTying { get; init; }

    /// <summary>α/r, or α/√r for <see cref="AdapterVariant.RsLora"/>.</summary>
    public double Scale => Variant == AdapterVariant.RsLora ? Alpha / Math.Sqrt(Rank) : Alpha / Rank;
}

/// <summary>How ΔW is made from the factors.</summary>
public enum AdapterVariant
{
    /// <summary>ΔW = (α/r)·B·A (arXiv 2106.09685).</summary>
    Lora,

    /// <summary>ΔW = (α/√r)·B·A (arXiv 2312.03732).</summary>
    RsLora,

    /// <summary>Direction by LoRA, length by a trained magnitude per output (arXiv 2402.09353).</summary>
    Dora,

    /// <summary>ΔW = W₀ ∘ (α/r)·B·A (ICLR 2025).</summary>
    Hira,
}
