using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeFlora.Storage;

namespace EdgeFlora.Learning.Data;

/// <summary>A labelled data set from a file.</summary>
/// <param name="Labels">The labels; an example's label is an index into it.</param>
/// <param name="Examples">In the file's order; at least one.</param>
/// <param name="Keys">Each example's key, if a key column was named.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 of the file: says which data a result belongs to.</param>
public sealed record LabelledDataSet(IReadOnlyList<string> Labels, IReadOnlyList<Example> Examples, IReadOnlyList<string>? Keys, string Sha256)
{
    private const int MaxExamples = 10_000_000;
    private const int MaxLabels = 10_000;

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads <c>.jsonl</c>, <c>.csv</c> or <c>.tsv</c> in UTF-8, a row at a time.</summary>
    /// <param name="path">The file; its ending tells the format.</param>
    /// <param name="columns">Names of the columns; null for <c>text</c>, <c>text_pair</c>, <c>label</c>.</param>
    /// <param name="labels">The task's labels; null: those that occur in the file, ordered (ordinal).</param>
    /// <exception cref="InvalidDataException">
    /// The file is missing, broken, empty or has a label outside the task's; the message begins FILE:LINE.
    /// </exception>
    public static LabelledDataSet Read(string path, DataColumns? columns = null, IReadOnlyList<string>? labels = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        columns ??= new DataColumns();
        if (!File.Exists(path))
        {
            throw new InvalidDataException(
                $"{path}: {(Directory.Exists(path) ? "a folder" : "no such file")}; it should be a data set in JSONL, CSV or TSV.");
        }

        using FileStream file = File.OpenRead(path);
        using var lines = new HashedLines(file, path);
        IEnumerable<DataRow> rows = DataRows.Read(path, lines, [.. columns.All]);
        return Collect(rows, path, columns, labels) with { Sha256 = lines.Sha256() };
    }

    /// <summary>
    /// Writes JSONL with the columns <c>text</c>, <c>text_pair</c> (pairs only) and <c>label</c> (the label's name); the file appears when it is
    /// complete.
    /// </summary>
    public void Write(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            WriteRows(writer);
        });
    }

    private void WriteRows(StreamWriter writer)
    {
        foreach (Example example in Examples)
        {
            var row = new Dictionary<string, string> { ["text"] = example.Text };
            if (example.TextPair is not null)
            {
                row["text_pair"] = example.TextPair;
            }

            row["label"] = Labels[example.Label];
            writer.Write(JsonSerializer.Serialize(row, Readable) + "\n");
        }
    }

    private static LabelledDataSet Collect(IEnumerable<DataRow> rows, string path, DataColumns columns, IReadOnlyList<string>? labels)
    {
        Dictionary<string, int> known = (labels ?? []).Select((label, i) => KeyValuePair.Create(label, i)).ToDictionary(StringComparer.Ordinal);
        var examples = new List<Example>();
        var keys = new List<string>();
        bool? pairs = null;
        foreach (DataRow row in rows)
        {
            string place = $"{path}:{row.Line}";
            if (examples.Count == MaxExamples)
            {
                throw new InvalidDataException($"{place}: over {MaxExamples:N0} examples, which is the most.");
            }

            pairs ??= row.Values.ContainsKey(columns.TextPair);
            string label = Value(row, columns.Label, place);
            examples.Add(new Example(Value(row, columns.Text, place), Pair(row, columns, pairs.Value, place), Index(label, known, labels, place)));
            if (columns.Key is not null)
            {
                keys.Add(Value(row, columns.Key, place));
            }
        }

        if (examples.Count == 0)
        {
            throw new InvalidDataException($"{path}: no rows; a data set has at least one example.");
        }

        return labels is null
            ? Ordered(known, examples, columns.Key is null ? null : keys)
            : new LabelledDataSet(labels, examples, columns.Key is null ? null : keys, Sha256: "");
    }

    private static string Value(DataRow row, string column, string place)
    {
        if (!row.Values.TryGetValue(column, out string? value))
        {
            throw new InvalidDataException(
                $"{place}: column \"{column}\" is missing or empty; the row has {row.Described} (other names can be given).");
        }

        return string.IsNullOrWhiteSpace(value) ? throw new InvalidDataException($"{place}: \"{column}\" is empty; it should be a text.") : value;
    }

    private static string? Pair(DataRow row, DataColumns columns, bool pairs, string place)
    {
        if (!pairs && row.Values.ContainsKey(columns.TextPair))
        {
            throw new InvalidDataException(
                $"{place}: has \"{columns.TextPair}\", which the first row lacks; either all rows should have it or none.");
        }

        return pairs ? Value(row, columns.TextPair, place) : null;
    }

    private static int Index(string label, Dictionary<string, int> known, IReadOnlyList<string>? labels, string place)
    {
        if (known.TryGetValue(label, out int index))
        {
            return index;
        }

        if (labels is not null)
        {
            string names = string.Join(", ", labels.Take(20)) + (labels.Count > 20 ? ", …" : "");
            throw new InvalidDataException($"{place}: label \"{ControlCharacters.Visible(label)}\" is none of the task's: {names}.");
        }

        if (label.Any(char.IsControl))
        {
            throw new InvalidDataException(
                $"{place}: label \"{ControlCharacters.Visible(label)}\" has a control character; the name of a class should be a line of text.");
        }

        if (known.Count == MaxLabels)
        {
            throw new InvalidDataException($"{place}: over {MaxLabels:N0} different labels; is the label column the right one?");
        }

        known.Add(label, known.Count);
        return known.Count - 1;
    }

    /// <summary>Renumbers labels from order of appearance to ordinal order, which does not depend on the rows' order.</summary>
    private static LabelledDataSet Ordered(Dictionary<string, int> known, List<Example> examples, List<string>? keys)
    {
        string[] ordered = [.. known.Keys.Order(StringComparer.Ordinal)];
        int[] renumbered = new int[ordered.Length];
        for (int i = 0; i < ordered.Length; i++)
        {
            renumbered[known[ordered[i]]] = i;
        }

        return new LabelledDataSet(ordered, [.. examples.Select(example => example with { Label = renumbered[example.Label] })], keys, Sha256: "");
    }
}
