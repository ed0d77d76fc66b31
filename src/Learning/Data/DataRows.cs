namespace EdgeFlora.Learning.Data;

/// <summary>The rows of a file in any of the formats.</summary>
internal static class DataRows
{
    /// <param name="path">The file's name, whose ending tells the format.</param>
    /// <param name="columns">Those wanted.</param>
    /// <exception cref="InvalidDataException">The ending tells no format, or a row is broken; the message names file and line.</exception>
    public static IEnumerable<DataRow> Read(string path, HashedLines lines, IReadOnlyCollection<string> columns) =>
        Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".jsonl" or ".csv" or ".tsv" when FileKind.Problem(path) is { } problem => throw new InvalidDataException($"{path}: {problem}"),
            ".jsonl" => JsonRows.Read(lines.Read(), path, columns),
            ".csv" => SeparatedRows.Read(lines.Read(), path, ','),
            ".tsv" => SeparatedRows.Read(lines.Read(), path, '\t'),
            ".json" => throw new InvalidDataException(
                $"{path}: JSON is read as JSONL only; write its objects one a line into a .jsonl (for example: jq -c '.[]')."),
            var ending => throw new InvalidDataException($"{path}: the ending \"{ending}\" tells no format; it should be .jsonl, .csv or .tsv."),
        };
}
