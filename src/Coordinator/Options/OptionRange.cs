using System.Globalization;

namespace EdgeFlora.Coordinator.Options;

/// <summary>Sentences for settings out of range.</summary>
internal static class OptionRange
{
    public static IEnumerable<string> Whole(string setting, long value, long least, long most) =>
        value >= least && value <= most ? [] : [Text($"{setting} is {value}; it is a whole number from {least} to {most}.")];

    /// <summary>NaN is out of every range.</summary>
    public static IEnumerable<string> Number(string setting, double value, double least, double most) =>
        value >= least && value <= most ? [] : [Text($"{setting} is {value}; it is a number from {least} to {most}.")];

    public static IEnumerable<string> Time(string setting, TimeSpan value, TimeSpan least, TimeSpan most) =>
        value >= least && value <= most ? [] : [Text($"{setting} is {value}; it is a time from {least} to {most} (hours:minutes:seconds).")];

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
