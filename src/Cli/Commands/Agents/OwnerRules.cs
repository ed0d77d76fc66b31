using System.Globalization;
using EdgeFlora.Cli.Live;
using EdgeFlora.Contracts.Presence;

namespace EdgeFlora.Cli.Commands.Agents;

/// <summary>What an agent's owner lets it take of the device, for people: only what differs from no limit at all, and the threads.</summary>
internal static class OwnerRules
{
    public static IEnumerable<string> Of(DeviceLimits limits)
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"{limits.Threads} thread{(limits.Threads == 1 ? "" : "s")}");
        if (limits.Nice > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"nice {limits.Nice}");
        }

        (string What, long? Bytes, string Unit)[] sizes =
        [
            ("memory", limits.MemoryBytes, ""), ("disk", limits.DiskBytes, ""), ("up", limits.BytesUp, " a second"),
            ("down", limits.BytesDown, " a second"),
        ];
        foreach ((string what, long? bytes, string unit) in sizes)
        {
            if (bytes is { } most)
            {
                yield return $"{what} {Shown.Bytes(most)}{unit}";
            }
        }

        yield return limits.Hours is { } hours ? $"hours {hours}" : "any hour";
        if (!limits.OnBattery)
        {
            yield return "not on battery";
        }

        if (!limits.Metered)
        {
            yield return "not over a metered network";
        }

        if (limits.LocalModelsOnly)
        {
            yield return "its own models only";
        }
    }
}
