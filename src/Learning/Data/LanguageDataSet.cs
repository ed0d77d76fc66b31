using System.Text;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Data;

/// <summary>Texts for language modelling, from a file.</summary>
/// <param name="Examples">In the file's order; at least one.</param>
/// <param name="Running">Whether the file is one running text, which is cut into blocks and ends nowhere.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 of the file: says which data a result belongs to.</param>
public sealed record LanguageDataSet(IReadOnlyList<LanguageExample> Examples, bool Running, string Sha256)
{
    private const int MaxExamples = 10_000_000;

    // A .NET text of so many characters takes twice as many bytes; its tokens four times.
    private const long MaxTextBytes = 256L << 20;

    /// <summary>
    /// Reads <c>.jsonl</c>, <c>.csv</c> or <c>.tsv</c> with the columns <c>text</c>, or <c>prompt</c> and <c>completion</c>; or <c>.txt</c>, one
    /// running text. All in UTF-8.
    /// </summary>
    /// <param name="path">The file; its ending tells the format.</param>
    /// <param name="columns">Names of the columns; null for those above.</param>
    /// <exception cref="InvalidDataException">
    /// The file is missing, broken or empty, or a row lacks its columns; the message begins with file and line.
    /// </exception>
    public static LanguageDataSet Read(string path, LanguageColumns? columns = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path))
        {
            string found = Directory.Exists(path) ? "a folder" : "no such file";
            throw new InvalidDataException($"{path}: {found}; it should be a text (.txt) or rows of texts (.jsonl, .csv or .tsv).");
        }

        return Path.GetExtension(path).Equals(".txt", StringComparison.OrdinalIgnoreCase)
            ? ReadText(path)
            : ReadRows(path, columns ?? new LanguageColumns());
    }

    /// <summary>Whether there is enough to be divided.</summary>
    public bool CanSplit => Length > 1;

    /// <summary>How many of a tokenizer's special tokens are written in the texts.</summary>
    public int CountSpecialTokens(ITokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return Examples.Sum(example => tokenizer.CountSpecialTokens(example.Prompt + example.Text));
    }

    private int Length => Running ? Examples[0].Text.Length : Examples.Count;

    /// <summary>Divides into training and held-out examples: rows at random, a running text by holding out its end.</summary>
    /// <param name="heldOut">Fraction held out, 0 &lt; fraction &lt; 1; either part keeps at least one example, or one character.</param>
    /// <exception cref="InvalidOperationException">There is one row, or one character, only.</exception>
    public (LanguageDataSet Training, LanguageDataSet HeldOut) Split(double heldOut, ulong seed)
    {
        if (heldOut is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(heldOut), heldOut, "The held-out fraction is above 0 and below 1.");
        }

        int length = Length;
        if (!CanSplit)
        {
            throw new InvalidOperationException("One example cannot be divided into training and held-out data.");
        }

        int kept = Math.Clamp((int)Math.Round((1 - heldOut) * length), 1, length - 1);
        if (Running)
        {
            string text = Examples[0].Text;
            kept -= kept > 1 && char.IsHighSurrogate(text[kept - 1]) ? 1 : 0;
            return (this with { Examples = [new(null, text[..kept])] }, this with { Examples = [new(null, text[kept..])] });
        }

        int[] order = [.. Enumerable.Range(0, length)];
        SeededRandom.For(seed, "held-out").Shuffle<int>(order);
        return (Part(order[..kept]), Part(order[kept..]));

        LanguageDataSet Part(int[] chosen) => this with { Examples = [.. chosen.Order().Select(i => Examples[i])] };
    }

    private static LanguageDataSet ReadText(string path)
    {
        long length = new FileInfo(path).Length;
        if (length > MaxTextBytes)
        {
            throw new InvalidDataException(
                $"{path} has {length:N0} bytes; a text has at most {MaxTextBytes:N0}. Cut it into files or into rows of .jsonl.");
        }

        byte[] bytes = File.ReadAllBytes(path);
        if (FileKind.Encoded(bytes) is { } problem)
        {
            throw new InvalidDataException($"{path}: {problem}");
        }

        try
        {
            string text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
            if (text.IndexOf('\0', StringComparison.Ordinal) is >= 0 and var nul)
            {
                throw new InvalidDataException($"{path}:{text.AsSpan(0, nul).Count('\n') + 1}: the line has the control character "
                    + $"{ControlCharacters.Name('\0')}, which no text has: the file is damaged or not a text.");
            }

            return string.IsNullOrWhiteSpace(text)
                ? throw new InvalidDataException($"{path}: the text is empty.")
                : new LanguageDataSet(
                    [new LanguageExample(null, text)], Running: true, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)));
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException(
                $"{path}: not UTF-8 at byte {e.Index}; save it as UTF-8 (for example: iconv -f WINDOWS-1252 -t UTF-8).", e);
        }
    }

    private static LanguageDataSet ReadRows(string path, LanguageColumns columns)
    {
        using FileStream file = File.OpenRead(path);
        using var lines = new HashedLines(file, path);
        var examples = new List<LanguageExample>();
        foreach (DataRow row in DataRows.Read(path, lines, [columns.Text, columns.Prompt, columns.Completion]))
        {
            string place = $"{path}:{row.Line}";
            if (examples.Count == MaxExamples)
            {
                throw new InvalidDataException($"{place}: over {MaxExamples:N0} examples, which is the most.");
            }

            examples.Add(Example(row, columns, place) with { Line = row.Line });
        }

        return examples.Count == 0
            ? throw new InvalidDataException($"{path}: no rows; a data set has at least one example.")
            : new LanguageDataSet(examples, Running: false, lines.Sha256());
    }

    private static LanguageExample Example(DataRow row, LanguageColumns columns, string place)
    {
        string? text = row.Values.GetValueOrDefault(columns.Text);
        string? completion = row.Values.GetValueOrDefault(columns.Completion);
        string? prompt = row.Values.GetValueOrDefault(columns.Prompt);
        return (string.IsNullOrEmpty(text), string.IsNullOrEmpty(prompt), string.IsNullOrEmpty(completion)) switch
        {
            (false, true, true) => new LanguageExample(null, text!),
            (true, false, false) => new LanguageExample(prompt, completion!),
            _ => throw new InvalidDataException(
                $"{place}: a row has \"{columns.Text}\", or \"{columns.Prompt}\" and \"{columns.Completion}\", none of them empty; this one has "
                + $"{Found(row)} (other names can be given)."),
        };
    }

    private static string Found(DataRow row) =>
        row.Values.Count == 0 ? row.Described : string.Join(", ", row.Values.Select(v => $"{(v.Value.Length == 0 ? "an empty " : "")}\"{v.Key}\""));
}
