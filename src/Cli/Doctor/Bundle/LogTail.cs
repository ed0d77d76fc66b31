using System.Text;
using EdgeFlora.Cli.Logging;

namespace EdgeFlora.Cli.Doctor.Bundle;

/// <summary>The last lines of an agent's log files.</summary>
internal static class LogTail
{
    public const int MaxLines = 500;

    private const int MaxBytes = 1 << 20;

    /// <param name="path">As <c>log</c> names it.</param>
    /// <returns>The newest <see cref="MaxLines"/>, oldest first; none where there is no log.</returns>
    public static IReadOnlyList<string> Of(string path)
    {
        string pattern = LogFile.Pattern(Path.GetFullPath(path));
        string folder = Path.GetDirectoryName(pattern)!;
        if (!Directory.Exists(folder))
        {
            return [];
        }

        // Their names go by day and number.
        var lines = new List<string>();
        foreach (string file in Directory.GetFiles(folder, Path.GetFileName(pattern)).OrderDescending(StringComparer.Ordinal))
        {
            lines.InsertRange(0, End(file));
            if (lines.Count >= MaxLines)
            {
                break;
            }
        }

        return [.. lines.TakeLast(MaxLines)];
    }

    private static IEnumerable<string> End(string file)
    {
        // The agent may be writing it.
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        bool cut = stream.Length > MaxBytes;
        stream.Seek(cut ? -MaxBytes : 0, cut ? SeekOrigin.End : SeekOrigin.Begin);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        string[] lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return cut ? lines.Skip(1) : lines;
    }
}
