using System.Text.Json;
using EdgeFlora.Adapters.Files;

namespace EdgeFlora.Learning.Data;

/// <summary>JSONL: one JSON object a line; blank lines are skipped.</summary>
internal static class JsonRows
{
    /// <exception cref="InvalidDataException">
    /// A line is no JSON object, or a wanted column is neither string, number nor null; the message names file and line.
    /// </exception>
    public static IEnumerable<DataRow> Read(IEnumerable<(int Number, string Text)> lines, string name, IReadOnlyCollection<string> columns) =>
        from line in lines
        where !string.IsNullOrWhiteSpace(line.Text)
        select Row(line.Number, line.Text, $"{name}:{line.Number}", columns);

    private static DataRow Row(int number, string line, string place, IReadOnlyCollection<string> columns)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new InvalidDataException(
                    $"{place}: a JSON {document.RootElement.ValueKind}; each line should be an object such as {{\"text\": \"…\", \"label\": "
                    + $"\"…\"}}.");
            }

            var values = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (string column in columns)
            {
                if (document.RootElement.TryGetProperty(column, out JsonElement value) && value.ValueKind != JsonValueKind.Null)
                {
                    values[column] = value.ValueKind switch
                    {
                        JsonValueKind.String => value.GetString()!,
                        JsonValueKind.Number => value.GetRawText(),
                        _ => throw new InvalidDataException($"{place}: \"{column}\" is a JSON {value.ValueKind}; it should be a string or a number."),
                    };
                }
            }

            return new DataRow(number, values, [.. document.RootElement.EnumerateObject().Select(property => property.Name)]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escaped half of a surrogate pair.
            throw new InvalidDataException($"{place}: broken JSON: {ReadableJson.Describe(e, lines: false)}.", e);
        }
    }
}
