using System.Globalization;
using System.Text;

namespace EdgeFlora.Adapters.Safetensors;

/// <summary>Names from files and payloads end up in messages, logs and other files, so they are bounded and free of control characters.</summary>
internal static class TensorName
{
    /// <summary>Longest name taken, in UTF-16 code units.</summary>
    public const int MaxLength = 512;

    /// <exception cref="AdapterFormatException">Empty, too long or with control characters.</exception>
    public static void Check(string name, string source)
    {
        if (name.Length is 0 or > MaxLength || name.Any(char.IsControl))
        {
            throw new AdapterFormatException(
                $"{source}: a name is '{Shorten(name)}' ({name.Length} characters), expected 1 … {MaxLength} characters and none of them a control "
                + "character.");
        }
    }

    /// <summary>
    /// Text of unknown origin made fit for a one-line message: white space of any length is one space, other control characters are shown by number.
    /// </summary>
    public static string Shorten(string text)
    {
        const int Kept = 80;
        var line = new StringBuilder();
        foreach (char c in text)
        {
            if (line.Length >= Kept)
            {
                return line.Append('…').ToString();
            }

            if (!char.IsWhiteSpace(c) && !char.IsControl(c))
            {
                line.Append(c);
            }
            else if (!char.IsWhiteSpace(c))
            {
                line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else if (line.Length > 0 && line[^1] != ' ')
            {
                line.Append(' ');
            }
        }

        return line.ToString();
    }
}
