using System.Globalization;

namespace EdgeFlora.Cli.Live;

/// <summary>How figures are written for people, the same in the table, in plain lines and in the report.</summary>
internal static class Shown
{
    public const string Unknown = "–";

    /// <summary><c>0.8125</c> → <c>81.3 %</c>.</summary>
    public static string Percent(double? fraction) =>
        fraction is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value * 100:0.0} %") : Unknown;

    /// <summary>How good an adapter is: its accuracy, or else its loss.</summary>
    public static string Quality(double? accuracy, double? loss) => accuracy is not null ? Percent(accuracy) : Figure(loss);

    /// <summary>Three digits that matter, without a sign for zero.</summary>
    public static string Figure(double? figure) =>
        figure is { } value ? value.ToString(Math.Abs(value) >= 100 ? "0" : "0.000", CultureInfo.InvariantCulture) : Unknown;

    /// <summary>Decimal units, as networks are billed: <c>52.3 kB</c>.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB"),
    };

    public static string Seconds(long milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1e3:0.0} s");
}
