namespace EdgeFlora.Integration.Tests.Telemetry;

/// <summary>A span as a collector gets it. Ids are hexadecimal.</summary>
/// <param name="Service">Of which service.</param>
/// <param name="Instance">Which process of it.</param>
/// <param name="Parent">Empty: it has none.</param>
/// <param name="Attributes">Those that are texts.</param>
internal sealed record ReceivedSpan(
    string Service, string Instance, string Trace, string Id, string Parent, string Name, IReadOnlyDictionary<string, string> Attributes);
