using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>Reads the broadcast adapter and holds it against the offer.</summary>
internal static class GlobalAdapter
{
    // 4 GiB of single-precision values: far above any adapter, far below what a hostile top-k payload could claim to unfold to.
    private const long MaxParameters = 1L << 30;

    /// <exception cref="AdapterFormatException">The body is no adapter, or not the one the offer speaks of.</exception>
    public static LoraAdapter Decode(byte[] body, LoraSpec spec)
    {
        AdapterShape shape = AdapterPayload.Describe(body, MaxParameters).Shape;
        LoraSettings expected = new()
        {
            Rank = spec.Rank,
            Alpha = spec.Alpha,
            Variant = Enum.TryParse(spec.Variant, out AdapterVariant variant) && Enum.IsDefined(variant)
                ? variant
                : throw new AdapterFormatException(
                    $"The offer's variant is '{spec.Variant}', expected one of {string.Join(", ", Enum.GetNames<AdapterVariant>())}."),
            TargetModules = spec.TargetModules,
            ModulesToSave = spec.ModulesToSave,
        };
        return AdapterPayload.Decode(body, new AdapterShape(expected, shape.Modules, shape.Saved));
    }
}
