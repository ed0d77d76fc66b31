using System.CommandLine;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>Times on the command line, in seconds.</summary>
internal static class Seconds
{
    private const double Week = 7 * 24 * 3600;

    public static Option<double> Option(string name, string purpose, TimeSpan standard) =>
        Ranged.Number(name, purpose, "seconds", 0.001, Week, standard.TotalSeconds);

    public static TimeSpan Of(double seconds) => TimeSpan.FromSeconds(seconds);
}
