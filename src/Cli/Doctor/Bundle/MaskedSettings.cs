using EdgeFlora.EdgeAgent.Configuration;

namespace EdgeFlora.Cli.Doctor.Bundle;

/// <summary>An agent's settings as lines, without what may be secret.</summary>
internal static class MaskedSettings
{
    /// <summary>Arguments of the owner's program may hold keys; which program it is may be told.</summary>
    private const string Program = "trainer.command[0]";

    public static IEnumerable<string> Lines(AgentConfiguration configuration) =>
        configuration.Effective().Select(setting => $"{setting.Name} = {Value(setting)} ({setting.Origin})");

    private static string Value(EffectiveSetting setting) =>
        setting.Name.StartsWith("trainer.command[", StringComparison.Ordinal) && setting.Name != Program ? Scrubber.Hidden
        : setting.Name == "broker.url" && !Uri.TryCreate(setting.Value, UriKind.Absolute, out _) ? $"{Scrubber.Hidden}, for it is no URL"
        : setting.Value;
}
