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
                $"{source}: a name is '{Shorten(name)}' ({name.Length} characters), expected 1 … {MaxLength} characters and none of them a control character.");
        }
    }

    /// <summary>Text of unknown origin made fit for a one-line message.</summary>
    public static string Shorten(string text)
    {
        const int Kept = 80;
        string line = string.Concat(text.Take(Kept).Select(c => char.IsControl(c) ? '?' : c));
        return text.Length > Kept ? line + "…" : line;
    }
}
