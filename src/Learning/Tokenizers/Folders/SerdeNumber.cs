using System.Globalization;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>
/// Numbers of <c>tokenizer.json</c> as Hugging Face's tokenizers read them: sometimes the neighbour of the nearest double, and ties between pieces
/// hang on it.
/// </summary>
/// <remarks>
/// serde_json without <c>float_roundtrip</c>: the digits as a 64-bit number, then one multiplication or division by a power of ten.
/// </remarks>
internal static class SerdeNumber
{
    private const int LargestPower = 308;

    /// <param name="json">A number as JSON writes it.</param>
    /// <returns>The number; infinite if it is too large.</returns>
    public static double Parse(string json)
    {
        bool negative = json[0] == '-';
        int exponentAt = json.IndexOfAny(['e', 'E']);
        string digits = exponentAt < 0 ? json : json[..exponentAt];
        long exponent = exponentAt < 0
            ? 0
            : (long)Math.Clamp(double.Parse(json.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), -1e9, 1e9);
        ulong significand = 0;
        bool fraction = false;
        bool full = false;
        foreach (char c in digits)
        {
            if (c == '.')
            {
                fraction = true;
            }
            else if (c != '-')
            {
                full |= significand > (ulong.MaxValue - (ulong)(c - '0')) / 10;
                significand = full ? significand : (significand * 10) + (ulong)(c - '0');
                exponent += (fraction, full) switch { (true, false) => -1, (false, true) => 1, _ => 0 };
            }
        }

        double value = Scaled(significand, exponent);
        return negative ? -value : value;
    }

    private static double Scaled(double value, long exponent)
    {
        while (value != 0 && exponent < -LargestPower)
        {
            value /= 1e308;
            exponent += LargestPower;
        }

        return value == 0 ? 0
            : exponent > LargestPower ? double.PositiveInfinity
            : exponent >= 0 ? value * Power(exponent) : value / Power(-exponent);
    }

    private static double Power(long exponent) => double.Parse($"1e{exponent}", NumberStyles.Float, CultureInfo.InvariantCulture);
}
