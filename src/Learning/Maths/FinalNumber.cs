using System.Globalization;
using System.Text.RegularExpressions;

namespace EdgeFlora.Learning.Maths;

/// <summary>The number that an answer in the manner of GSM8K (arXiv 2110.14168) ends with, after <c>####</c>.</summary>
public static partial class FinalNumber
{
    /// <summary>The number after the last <c>####</c>; null if there is none.</summary>
    /// <remarks>
    /// Thousands may be set off by commas; a currency, a unit, a percent sign or a full stop around the number is passed over:
    /// <c>#### $1,250.50 dollars.</c> is 1250.50.
    /// </remarks>
    public static decimal? Of(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        Match match = Pattern().Match(answer);
        return match.Success && decimal.TryParse(
            match.Groups["before"].Value + match.Groups["after"].Value + match.Groups["number"].Value.Replace(",", "", StringComparison.Ordinal),
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out decimal number)
            ? number
            : null;
    }

    // No mark may follow, so that the last one counts. Between mark and number stand a currency and spaces at most, not words: "#### about 5" says
    // nothing certain.
    [GeneratedRegex(
        @"####[ \t]*(?<before>-?)[ \t]*[$€£¥]?[ \t]*(?<after>-?)(?<number>\d{1,3}(,\d{3})+(\.\d+)?|\d+(\.\d+)?|\.\d+)(?![\d,]*\d)(?!.*####)",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}
