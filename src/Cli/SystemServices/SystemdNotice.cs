using System.Globalization;
using Microsoft.Extensions.Hosting.Systemd;

namespace EdgeFlora.Cli.SystemServices;

/// <summary>
/// Tells systemd, where it has started this program with <c>Type=notify</c>, that the program is ready, what it does, that it lives and that it
/// stops. Says nothing elsewhere.
/// </summary>
/// <remarks>
/// The protocol is <c>sd_notify(3)</c>. Signs of life come from the thread pool's timer: a program whose threads all hang is restarted by systemd.
/// </remarks>
internal sealed class SystemdNotice : IDisposable
{
    private readonly ISystemdNotifier notifier;
    private readonly ITimer? alive;

    /// <param name="watchdogMicroseconds">What systemd wants to hear a sign of life within, as <c>WATCHDOG_USEC</c> has it; null or not a number:
    /// it wants none.</param>
    public SystemdNotice(ISystemdNotifier notifier, TimeProvider clock, string? watchdogMicroseconds)
    {
        this.notifier = notifier;
        if (notifier.IsEnabled && long.TryParse(watchdogMicroseconds, NumberStyles.None, CultureInfo.InvariantCulture, out long wanted) && wanted > 0)
        {
            // Twice as often as wanted, as sd_watchdog_enabled(3) recommends.
            var half = TimeSpan.FromMicroseconds(wanted / 2.0);
            alive = clock.CreateTimer(_ => Tell("WATCHDOG=1"), null, half, half);
        }
    }

    /// <summary>The notice of this process, as its environment says.</summary>
    public static SystemdNotice Open() => new(new SystemdNotifier(), TimeProvider.System, Environment.GetEnvironmentVariable("WATCHDOG_USEC"));

    /// <summary>The program has checked what it was given and is at work.</summary>
    public void Ready() => Tell("READY=1");

    /// <summary>What the program does now, one line, shown by <c>systemctl status</c>.</summary>
    public void Status(string line) => Tell($"STATUS={line}");

    public void Dispose()
    {
        alive?.Dispose();
        Tell("STOPPING=1");
    }

    private void Tell(string state)
    {
        if (notifier.IsEnabled)
        {
            notifier.Notify(new ServiceState(state));
        }
    }
}
