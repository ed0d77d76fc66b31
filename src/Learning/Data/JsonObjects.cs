using System.Text.Json;
using EdgeFlora.Adapters.Files;

namespace EdgeFlora.Learning.Data;

/// <summary>The objects of a JSONL file whose columns are not all texts: the published benchmarks.</summary>
internal static class JsonObjects
{
    /// <summary>Every line as an object with its place, FILE:LINE; blank lines are skipped.</summary>
    /// <exception cref="InvalidDataException">The file is missing, or a line is no JSON object; the message names file and line.</exception>
    public static IEnumerable<(JsonElement Object, string Place)> Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new InvalidDataException($"{path}: {(Directory.Exists(path) ? "a folder" : "no such file")}; it should be a benchmark in JSONL.");
        }

        if (FileKind.Problem(path) is { } problem)
        {
            throw new InvalidDataException($"{path}: {problem}");
        }

        using FileStream file = File.OpenRead(path);
        using var lines = new HashedLines(file, path);
        foreach ((int number, string text) in lines.Read())
        {
            if (!string.IsNullOrWhiteSpace(text))
            {
                yield return (Parse(text, $"{path}:{number}"), $"{path}:{number}");
            }
        }
    }

    /// <summary>A column that is a text.</summary>
    /// <exception cref="InvalidDataException">It is missing or no text.</exception>
    public static string Text(JsonElement row, string column, string place) =>
        row.TryGetProperty(column, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? Whole(value, column, place)
            : throw new InvalidDataException($"{place}: \"{column}\" is missing or no text.");

    /// <summary>A column that is a text; null if it is missing or null.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static string? TextOrNull(JsonElement row, string column, string place) =>
        row.TryGetProperty(column, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? Text(row, column, place) : null;

    /// <summary>A column that is a list of texts.</summary>
    /// <exception cref="InvalidDataException">It is missing or something else.</exception>
    public static IReadOnlyList<string> Texts(JsonElement row, string column, string place) =>
        row.TryGetProperty(column, out JsonElement value)
            && value.ValueKind == JsonValueKind.Array
            && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(item => Whole(item, column, place))]
            : throw new InvalidDataException($"{place}: \"{column}\" is missing or no list of texts.");

    private static string Whole(JsonElement text, string column, string place)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // An escaped half of a surrogate pair.
            throw new InvalidDataException($"{place}: \"{column}\" is no Unicode text: {e.Message}", e);
        }
    }

    private static JsonElement Parse(string line, string place)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new InvalidDataException($"{place}: a JSON {document.RootElement.ValueKind}; each line should be an object.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{place}: broken JSON: {ReadableJson.Describe(e, lines: false)}.", e);
        }
    }
}
