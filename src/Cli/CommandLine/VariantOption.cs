using System.CommandLine;
using EdgeFlora.Adapters;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>What an adapter makes of its factors.</summary>
internal static class VariantOption
{
    public static Option<string> Create() =>
        Ranged.Choice(
            "--variant",
            "How the adapter changes a layer",
            [.. Enum.GetNames<AdapterVariant>().Select(name => name.ToLowerInvariant())],
            "lora");

    public static AdapterVariant Parse(string name) => Enum.Parse<AdapterVariant>(name, ignoreCase: true);
}
