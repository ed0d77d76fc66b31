using EdgeFlora.Coordinator.Configuration;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Architecture.Tests.Reference;

/// <summary>Settings of a coordinator service.</summary>
internal static class SettingsPage
{
    public static string Text() =>
        "# Settings of the service\n\n"
        + "In the file of `edgeflora coordinator --config FILE`, YAML or JSON; [operate.md](../operate.md) has an example. "
        + "Every setting may be left out. Options and the environment count before the file.\n\n"
        + Table.Of(
            ["Setting", "What it says", "Values", "Default"],
            ServiceSections.Named.Prepend(ServiceSections.Top).SelectMany(section => section.Settings).Select(Row));

    private static string[] Row(Setting setting) =>
        [Table.Code(setting.Path), setting.Purpose, setting.Right, Table.Code(setting.Schema()["default"]?.ToString() ?? "")];
}
