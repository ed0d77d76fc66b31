namespace EdgeFlora.Learning.Data;

/// <summary>What a line that is no JSON object may come from.</summary>
internal static class JsonHint
{
    /// <returns>The end of a complaint; empty if there is nothing to guess.</returns>
    public static string Of(string line)
    {
        string text = line.TrimStart();
        return text.StartsWith('[') ? "; the file is a JSON array, JSONL has one object a line (jq -c '.[]' writes it so)"
            : text.StartsWith('{') && !text.Contains('}', StringComparison.Ordinal) ? "; an object goes on over several lines, JSONL has each on a line of its own (jq -c . writes it so)"
            : !text.StartsWith('{') && text.Contains('\t', StringComparison.Ordinal) ? "; if the file is TSV, let its name end in .tsv"
            : !text.StartsWith('{') && text.Contains(',', StringComparison.Ordinal) ? "; if the file is CSV, let its name end in .csv"
            : !text.StartsWith('{') ? "; JSONL has one JSON object a line"
            : "";
    }
}
