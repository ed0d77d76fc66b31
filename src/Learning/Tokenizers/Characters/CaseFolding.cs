using System.Globalization;

namespace EdgeFlora.Learning.Tokenizers.Characters;

/// <summary>Unicode's full case folding: characters and sequences that differ by case only have the same folding.</summary>
internal sealed class CaseFolding
{
    private const string Resource = "EdgeFlora.Learning.Tokenizers.Characters.casefolding.txt";

    /// <summary>By folding of one character: the characters with it, itself among them.</summary>
    private readonly Dictionary<int, int[]> single = [];

    /// <summary>Foldings of several characters and the characters with them.</summary>
    private readonly List<(int[] Folding, int[] Characters)> sequences = [];

    private readonly Dictionary<int, int[]> foldings = [];

    private CaseFolding(TextReader lines)
    {
        while (lines.ReadLine() is { } line)
        {
            if (line[0] != '#')
            {
                int colon = line.IndexOf(':', StringComparison.Ordinal);
                Add(CodePoints(line[..colon]), CodePoints(line[(colon + 2)..]));
            }
        }
    }

    public static CaseFolding Instance { get; } = Load();

    /// <summary>Foldings of several characters, and the single characters that have each.</summary>
    public IReadOnlyList<(int[] Folding, int[] Characters)> Sequences => sequences;

    /// <summary>The folding of a character: itself if case does not matter to it.</summary>
    public int[] Fold(int codePoint) => foldings.TryGetValue(codePoint, out int[]? folding) ? folding : [codePoint];

    /// <summary>Characters whose folding is this one.</summary>
    public CodePointSet Equivalents(int codePoint)
    {
        int[] folding = Fold(codePoint);
        return folding is [var only]
            ? CodePointSet.Of(single.GetValueOrDefault(only, [codePoint]))
            : CodePointSet.Of(sequences.First(sequence => sequence.Folding.AsSpan().SequenceEqual(folding)).Characters);
    }

    /// <summary>The set with all that differs from a member by case only.</summary>
    public CodePointSet Close(CodePointSet set) => set.Union(CodePointSet.Of(single.Values
        .Concat(sequences.Select(sequence => sequence.Characters))
        .Where(group => Array.Exists(group, set.Contains))
        .SelectMany(group => group)));

    private void Add(int[] folding, int[] characters)
    {
        if (folding is [var only])
        {
            single.Add(only, [only, .. characters]);
        }
        else
        {
            sequences.Add((folding, characters));
        }

        foreach (int character in characters)
        {
            foldings.Add(character, folding);
        }
    }

    private static int[] CodePoints(string codes) =>
        [.. codes.Split(' ').Select(code => int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];

    private static CaseFolding Load()
    {
        using var reader = new StreamReader(typeof(CaseFolding).Assembly.GetManifestResourceStream(Resource)!);
        return new CaseFolding(reader);
    }
}
