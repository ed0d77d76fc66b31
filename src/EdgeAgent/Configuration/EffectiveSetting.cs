namespace EdgeFlora.EdgeAgent.Configuration;

/// <summary>What holds for one setting.</summary>
/// <param name="Name">As a file writes it: <c>data[0].file</c>.</param>
/// <param name="Value">For people; secrets are hidden.</param>
internal sealed record EffectiveSetting(string Name, string Value, SettingOrigin Origin);
