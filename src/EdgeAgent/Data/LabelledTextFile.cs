using System.Text.Json;

namespace EdgeFlora.EdgeAgent.Data;

/// <summary>Reads JSONL: one object a line with the columns <c>text</c>, <c>label</c> and, if wanted, <c>text_pair</c>.</summary>
internal static class LabelledTextFile
{
    private const int MaxLineLength = 1 << 20;
    private const int MaxExamples = 10_000_000;

    /// <exception cref="InvalidDataException">A line is no such object; the message names file, line and what would be right, never the text.</exception>
    public static IReadOnlyList<LabelledText> Read(string file)
    {
        List<LabelledText> examples = [];
        int number = 0;
        foreach (string line in File.ReadLines(file))
        {
            number++;
            if (line.Length > MaxLineLength)
            {
                throw new InvalidDataException($"{file}:{number}: the line has {line.Length} characters; at most {MaxLineLength} are read.");
            }

            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            if (examples.Count == MaxExamples)
            {
                throw new InvalidDataException($"{file}:{number}: more than {MaxExamples} examples; split the file.");
            }

            examples.Add(Parse(line, $"{file}:{number}"));
        }

        return examples.Count > 0 ? examples : throw new InvalidDataException($"{file}: the file has no examples; it needs at least one line like {{\"text\": \"…\", \"label\": \"…\"}}.");
    }

    private static LabelledText Parse(string line, string where)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement row = document.RootElement;
            if (row.ValueKind != JsonValueKind.Object)
            {
                throw new InvalidDataException($"{where}: the line is no JSON object.");
            }

            return new LabelledText(Text(row, "text", where), row.TryGetProperty("text_pair", out _) ? Text(row, "text_pair", where) : null, Label(row, where));
        }
        catch (JsonException broken)
        {
            throw new InvalidDataException($"{where}: the line is no valid JSON (column {broken.BytePositionInLine + 1}).", broken);
        }
    }

    private static string Text(JsonElement row, string column, string where)
    {
        if (!row.TryGetProperty(column, out JsonElement value) || value.ValueKind != JsonValueKind.String)
        {
            throw new InvalidDataException($"{where}: the column '{column}' is missing or no text.");
        }

        string text = value.GetString()!;
        return string.IsNullOrWhiteSpace(text) ? throw new InvalidDataException($"{where}: the column '{column}' is empty.") : text;
    }

    private static string Label(JsonElement row, string where) =>
        row.TryGetProperty("label", out JsonElement label) && label.ValueKind == JsonValueKind.Number
            ? label.GetRawText()
            : Text(row, "label", where);
}
