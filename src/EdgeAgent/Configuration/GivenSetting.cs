namespace EdgeFlora.EdgeAgent.Configuration;

/// <summary>A value that somebody gave.</summary>
/// <param name="Key">The setting in the form of Microsoft.Extensions.Configuration: <c>data:0:file</c>.</param>
internal sealed record GivenSetting(string Key, string Value, SettingOrigin Origin);
