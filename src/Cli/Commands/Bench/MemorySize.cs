using System.CommandLine;
using System.Globalization;

namespace EdgeFlora.Cli.Commands.Bench;

/// <summary>Amounts of memory on the command line and on the screen: <c>2GiB</c>, <c>512MiB</c>, <c>1500000000</c>.</summary>
internal static class MemorySize
{
    private static readonly (string Unit, double Bytes)[] Units =
        [
            ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
            ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1), ("", 1),
        ];

    public static Option<long?> Option(string name, string purpose) => new(name)
    {
        Description = $"{purpose}: a number with KiB, MiB, GiB, kB, MB, GB or nothing for bytes",
        HelpName = "SIZE",
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (TryParse(text) is { } bytes)
            {
                return bytes;
            }

            result.AddError($"{name} is '{text}'; it must be an amount of memory such as 2GiB, 512MiB or 1500000000");
            return null;
        },
    };

    /// <summary>With three digits, or all of a whole number: <c>1.25 GiB</c>, <c>1016 KiB</c>.</summary>
    public static string Shown(double bytes)
    {
        (string unit, double size) = bytes >= 1L << 30 ? ("GiB", 1L << 30) : bytes >= 1L << 20 ? ("MiB", 1L << 20) : ("KiB", (double)(1L << 10));
        double amount = bytes / size;
        return string.Create(CultureInfo.InvariantCulture, $"{amount.ToString(amount < 999.5 ? "G3" : "F0", CultureInfo.InvariantCulture)} {unit}");
    }

    private static long? TryParse(string text)
    {
        foreach ((string unit, double size) in Units)
        {
            if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)
                && double.TryParse(text[..^unit.Length].Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
                && number * size is >= 1 and <= long.MaxValue / 2)
            {
                return (long)(number * size);
            }
        }

        return null;
    }
}
