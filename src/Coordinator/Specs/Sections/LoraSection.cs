using EdgeFlora.Adapters;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Coordinator.Specs.Sections;

/// <summary>Shape and kind of the adapter: <c>lora</c>.</summary>
internal static class LoraSection
{
    private static readonly LoraOptions Standard = new();

    public static readonly Setting<RankChoice> Rank = new(
        "lora.rank",
        "Inner dimension of the factors; auto: what fits into each agent's memory, 2 … 16; with default and by: by the agents' labels, the first "
        + "selector that fits counts.",
        "Lora:Rank",
        new RankType(),
        new RankChoice(Standard.Rank));

    public static readonly Setting<double?> Alpha = new(
        "lora.alpha",
        "Numerator of the scale α/rank, with the highest rank where agents have different ones: all train at one scale. Without it: twice the rank "
        + "(hira: the rank).",
        "Lora:Alpha",
        new OptionalNumberType(new(0, 10_000, above: true)),
        null);

    public static readonly Setting<AdapterVariant> Variant = new(
        "lora.variant",
        "How the adapter changes a layer.",
        "Lora:Variant",
        new ChoiceType<AdapterVariant>([.. Enum.GetValues<AdapterVariant>().Select(variant => (variant.ToString().ToLowerInvariant(), variant))]),
        Standard.Variant);

    public static readonly Setting<IReadOnlyList<string>?> Targets = new(
        "lora.targets",
        "Adapted layers: endings of their names, patterns for whole names (*.layers.1?.*_proj) or all-linear. Without it: queries and values, as "
        + "usual in the model's family.",
        "Lora:TargetModules",
        new TextListType("names of layers", 1, 1000),
        null);

    public static SpecSectionSettings Section { get; } = new("lora", "Shape and kind of the adapter.", [Rank, Alpha, Variant, Targets]);

    public static LoraOptions Read(SettingValues values) => new()
    {
        Rank = values.Of(Rank).Highest,
        Ranks = values.Of(Rank).Ranks,
        Alpha = values.Of(Alpha) ?? UsualAlpha(values.Of(Rank).Highest, values.Of(Variant)),
        Variant = values.Of(Variant),
        TargetModules = values.Of(Targets),
    };

    /// <summary>Twice the rank, so that the scale does not depend on it; the rank itself for HiRA, whose products are longer.</summary>
    private static double UsualAlpha(int rank, AdapterVariant variant) => variant == AdapterVariant.Hira ? rank : 2 * rank;
}
