namespace EdgeFlora.Cli.CommandLine;

/// <summary>Names of classes as given on a command line: separated by commas, or a file with one a line.</summary>
internal static class LabelList
{
    private const int MaxLabels = 10_000;

    /// <exception cref="InputException">Fewer than two names, one twice, or an empty one.</exception>
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

        string[] labels = file ? [.. File.ReadLines(text).Take(MaxLabels + 1)] : text.Split(',');
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

        return labels.GroupBy(label => label, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new InputException($"{source} names '{twice.Key}' twice; every class has one name")
            : labels;
    }
}
