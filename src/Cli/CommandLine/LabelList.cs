using System.Text;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>Names of classes as given on a command line: separated by commas, or a file with one a line.</summary>
internal static class LabelList
{
    private const int MaxLabels = 10_000;
    private const int MaxBytes = 16 << 20;

    /// <exception cref="InputException">Fewer than two names, one twice, an empty or unreadable one, or a file that is not UTF-8.</exception>
    public static IReadOnlyList<string> Parse(string text)
    {
        if (Directory.Exists(text))
        {
            throw new InputException($"--labels is '{text}', which is a folder; give names with commas between them, or a file with one a line");
        }

        bool file = File.Exists(text);
        if (!file && !text.Contains(',', StringComparison.Ordinal) && (
            text.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) || Path.HasExtension(text)))
        {
            throw new InputException($"--labels is '{text}', which is no file; give a file with a name a line, or names with commas between them");
        }

        string[] labels = file ? Lines(text) : text.Split(',');
        labels = [.. labels.Select(label => label.Trim())];
        string source = file ? $"--labels file {text}" : "--labels";
        if (labels.Length is < 2 or > MaxLabels)
        {
            throw new InputException($"{source} has {labels.Length} name(s); give 2 … {MaxLabels}, separated by commas or one a line in a file");
        }

        if (labels.Any(label => label.Length == 0))
        {
            throw new InputException($"{source} has an empty name at position {Array.IndexOf(labels, "") + 1}; every class has a name");
        }

        if (labels.FirstOrDefault(label => label.Any(char.IsControl)) is { } unreadable)
        {
            int place = Array.IndexOf(labels, unreadable) + 1;
            throw new InputException($"{source} has a control character in the name at position {place}; a class is named with a line of text");
        }

        return labels.GroupBy(label => label, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new InputException($"{source} names '{twice.Key}' twice; every class has one name")
            : labels;
    }

    private static string[] Lines(string file)
    {
        if (new FileInfo(file).Length > MaxBytes)
        {
            throw new InputException($"--labels file {file} has over {MaxBytes:N0} bytes; a name a line is expected, {MaxLabels:N0} at most");
        }

        byte[] bytes = File.ReadAllBytes(file);
        if (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            throw new InputException($"--labels file {file} is UTF-16; save it as UTF-8 (for example: iconv -f UTF-16 -t UTF-8)");
        }

        try
        {
            string text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
            string[] lines = text.ReplaceLineEndings("\n").Split('\n');
            return lines is [.. var named, ""] ? named : lines;
        }
        catch (DecoderFallbackException broken)
        {
            throw new InputException(
                $"--labels file {file} is not UTF-8 at byte {broken.Index}; save it as UTF-8 (for example: iconv -f WINDOWS-1252 -t UTF-8)", broken);
        }
    }
}
