using System.Globalization;

namespace EdgeFlora.Learning.Tokenizers.Normalization;

/// <summary>Decompositions, compositions and combining classes of Unicode 14.</summary>
/// <remarks>A table of our own, for <c>string.Normalize</c> leaves text as it is under invariant globalization.</remarks>
internal sealed class UnicodeTable
{
    private const string Resource = "EdgeFlora.Learning.Tokenizers.Normalization.decompositions.txt";

    private readonly Dictionary<int, int[]> canonical = [];
    private readonly Dictionary<int, int[]> compatibility = [];
    private readonly Dictionary<(int First, int Second), int> compositions = [];
    private readonly Dictionary<int, byte> classes = [];

    private UnicodeTable(TextReader lines)
    {
        while (lines.ReadLine() is { } line)
        {
            if (line[0] != '#')
            {
                int middle = line.IndexOf('<', StringComparison.Ordinal);
                Add(line[0], line[1..middle], line[(middle + 1)..].Split(' '));
            }
        }
    }

    public static UnicodeTable Instance { get; } = Load();

    /// <summary>What a character decomposes into in one step; null if into nothing but itself. Hangul is not in the table.</summary>
    public int[]? Decomposition(int codePoint, bool compatible) =>
        canonical.TryGetValue(codePoint, out int[]? parts) || (compatible && compatibility.TryGetValue(codePoint, out parts)) ? parts : null;

    /// <summary>The character two compose into; null if they don't.</summary>
    public int? Composition(int first, int second) => compositions.TryGetValue((first, second), out int composed) ? composed : null;

    /// <summary>Canonical combining class: 0 for a starter.</summary>
    public byte CombiningClass(int codePoint) => classes.GetValueOrDefault(codePoint);

    private static UnicodeTable Load()
    {
        using var reader = new StreamReader(typeof(UnicodeTable).Assembly.GetManifestResourceStream(Resource)!);
        return new UnicodeTable(reader);
    }

    private void Add(char kind, string left, string[] right)
    {
        if (kind == '.')
        {
            byte combiningClass = byte.Parse(left, CultureInfo.InvariantCulture);
            foreach (string range in right)
            {
                string[] ends = range.Split('-');
                for (int codePoint = CodePoint(ends[0]); codePoint <= CodePoint(ends[^1]); codePoint++)
                {
                    classes.Add(codePoint, combiningClass);
                }
            }

            return;
        }

        int[] parts = [.. right.Select(CodePoint)];
        (kind == '~' ? compatibility : canonical).Add(CodePoint(left), parts);
        if (kind == '=')
        {
            compositions.Add((parts[0], parts[1]), CodePoint(left));
        }
    }

    private static int CodePoint(string code) => int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
