using System.ComponentModel;
using System.Diagnostics;

namespace EdgeFlora.EdgeAgent.Availability;

/// <summary>What the operating system says: on Linux the kernel's power supplies and NetworkManager; other systems are not asked.</summary>
/// <param name="supplies">Folder of the kernel's power supplies.</param>
/// <param name="askNetwork">What NetworkManager answers when it is asked for its property <c>Metered</c>; null if it does not answer.</param>
internal sealed class SystemConditions(string supplies, Func<string?> askNetwork, TimeProvider clock) : IDeviceConditions
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private long askedAt;
    private bool asked;
    private bool? metered;

    public SystemConditions(TimeProvider clock)
        : this("/sys/class/power_supply", AskNetworkManager, clock)
    {
    }

    public bool? OnBattery
    {
        get
        {
            if (!Directory.Exists(supplies))
            {
                return OperatingSystem.IsLinux() ? false : null;
            }

            // A mouse has a battery too; it says that its scope is a device.
            string[] all = [.. Directory.EnumerateDirectories(supplies).Where(supply => Read(supply, "scope") != "Device")];
            return all.Any(supply => Read(supply, "type") == "Battery")
                && !all.Any(supply => Read(supply, "type") != "Battery" && Read(supply, "online") == "1");
        }
    }

    public bool? Metered
    {
        get
        {
            lock (gate)
            {
                if (!asked || clock.GetElapsedTime(askedAt) >= Fresh)
                {
                    (asked, askedAt, metered) = (true, clock.GetTimestamp(), Meaning(askNetwork()));
                }

                return metered;
            }
        }
    }

    /// <summary>NMMetered: 1 yes, 2 no, 3 and 4 the same as a guess.</summary>
    private static bool? Meaning(string? answer) => answer?.Trim() switch
    {
        "u 1" or "u 3" => true,
        "u 2" or "u 4" => false,
        _ => null,
    };

    private static string? Read(string supply, string property)
    {
        try
        {
            return File.ReadAllText(Path.Combine(supply, property)).Trim();
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string? AskNetworkManager()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var start = new ProcessStartInfo(
            "busctl",
            ["get-property", "org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager", "org.freedesktop.NetworkManager", "Metered"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            if (!process.WaitForExit(Patience))
            {
                process.Kill();
                return null;
            }

            return process.ExitCode == 0 ? process.StandardOutput.ReadToEnd() : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
