using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace EdgeFlora.Contracts.Api;

/// <summary>Times as people write them: <c>500ms</c>, <c>90s</c>, <c>15m</c>, <c>1h30m</c>, <c>2d</c>.</summary>
public static partial class DurationText
{
    public const string Pattern = @"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$";

    /// <returns>False if it is none, or longer than <see cref="TimeSpan"/> holds.</returns>
    public static bool TryParse(string text, out TimeSpan time)
    {
        ArgumentNullException.ThrowIfNull(text);
        time = TimeSpan.Zero;
        if (text.Length > 50 || !Whole().IsMatch(text))
        {
            return false;
        }

        double milliseconds = 0;
        foreach (Match part in Part().Matches(text))
        {
            milliseconds += double.Parse(part.Groups[1].ValueSpan, CultureInfo.InvariantCulture) * Milliseconds(part.Groups[2].Value);
        }

        bool fits = milliseconds <= TimeSpan.MaxValue.TotalMilliseconds / 2;
        time = fits ? TimeSpan.FromMilliseconds(milliseconds) : TimeSpan.Zero;
        return fits;
    }

    /// <summary>The shortest text that is read as the same time, to the millisecond.</summary>
    public static string Format(TimeSpan time)
    {
        long left = (long)Math.Round(time.TotalMilliseconds);
        var text = new StringBuilder();
        foreach (string unit in new[] { "d", "h", "m", "s", "ms" })
        {
            long size = Milliseconds(unit);
            if (left >= size)
            {
                text.Append(CultureInfo.InvariantCulture, $"{left / size}{unit}");
                left %= size;
            }
        }

        return text.Length == 0 ? "0s" : text.ToString();
    }

    private static long Milliseconds(string unit) => unit switch
    {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => 86_400_000,
    };

    [GeneratedRegex(@"\A(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h|d))+\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Whole();

    [GeneratedRegex(@"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")]
    private static partial Regex Part();
}
