using System.Text;
using System.Text.Json;

namespace EdgeFlora.Learning.Data;

/// <summary>Looks at the beginning of a data file: is it what its ending says?</summary>
internal static class FileKind
{
    private const int Looked = 4096;

    /// <summary>What the file is instead, and what to do; null if nothing speaks against its ending.</summary>
    public static string? Problem(string path)
    {
        byte[] start = Start(path);
        if (Encoded(start) is { } problem)
        {
            return problem;
        }

        string text = Encoding.UTF8.GetString(start).TrimStart('\uFEFF').TrimStart();
        string ending = Path.GetExtension(path).ToLowerInvariant();
        if (text.Length == 0)
        {
            return null;
        }

        return IsPage(text) ? "the file is a web page, not data; download it again."
            : IsOldMac(text, ending) ? "the lines end with carriage returns alone; save the file with line feeds (for example: tr '\\r' '\\n')."
            : ending == ".jsonl" ? NotJsonLines(text) : NotSeparated(text, ending);
    }

    private static bool IsPage(string text) =>
        text.StartsWith("<!DOCTYPE", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase);

    /// <summary>Lines may end with carriage returns although the last, or a later part, ends with a line feed: then the header tells.</summary>
    private static bool IsOldMac(string text, string ending)
    {
        bool fed = text.Contains('\n', StringComparison.Ordinal);
        string header = (fed ? FirstLine(text) : text).TrimEnd('\r');
        return header.Contains('\r', StringComparison.Ordinal) && (!fed || (ending != ".jsonl" && !header.Contains('"', StringComparison.Ordinal)));
    }

    /// <summary>What speaks against UTF-8; null if nothing does.</summary>
    public static string? Encoded(ReadOnlySpan<byte> start) => start switch
    {
        [0xFF, 0xFE, 0, 0, ..] or [0, 0, 0xFE, 0xFF, ..] => Recode("UTF-32"),
        [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => Recode("UTF-16"),
        [not 0, 0, not 0, 0, ..] or [0, not 0, 0, not 0, ..] => Recode("UTF-16"),
        [0x1F, 0x8B, ..] => "the file is packed with gzip; unpack it first.",
        [(byte)'P', (byte)'K', 3, 4, ..] => "the file is a zip archive or a spreadsheet; unpack it, or save the sheet as CSV in UTF-8.",
        [(byte)'P', (byte)'A', (byte)'R', (byte)'1', ..] => "the file is Parquet; save it as JSONL, CSV or TSV first.",
        [(byte)'A', (byte)'R', (byte)'R', (byte)'O', (byte)'W', (byte)'1', ..] => "the file is Arrow; save it as JSONL, CSV or TSV first.",
        [0x28, 0xB5, 0x2F, 0xFD, ..] or [(byte)'B', (byte)'Z', (byte)'h', ..] or [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..] =>
            "the file is packed (zstd, bzip2 or xz); unpack it first.",
        [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', ..] or [0x80, >= 2 and <= 5, ..] =>
            "the file is NumPy's or Python's own (.npy, pickle); save it as JSONL, CSV or TSV first.",
        [0x89, (byte)'H', (byte)'D', (byte)'F', ..] => "the file is HDF5; save it as JSONL, CSV or TSV first.",
        [(byte)'%', (byte)'P', (byte)'D', (byte)'F', (byte)'-', ..] => "the file is a PDF, not its text; save the text first.",
        _ when start.StartsWith("SQLite format 3"u8) => "the file is a SQLite database; save its rows as JSONL, CSV or TSV first.",
        _ when start.StartsWith("version https://git-lfs."u8) =>
            "the file is a pointer of Git LFS, not the file itself; get the file with 'git lfs pull' or download it again.",
        _ => null,
    };

    private static string Recode(string encoding) => $"the file is {encoding}; save it as UTF-8 first (for example: iconv -f {encoding} -t UTF-8).";

    private static string? NotJsonLines(string text)
    {
        string line = text.AsSpan().IndexOf('\n') is >= 0 and var end ? text[..end].TrimEnd() : text;
        if (line[0] == '[')
        {
            return "the file is a JSON array; JSONL has one object a line and no brackets around them (for example: jq -c '.[]').";
        }

        if (line is "{")
        {
            return "the file is JSON that is spread over lines; JSONL has each object on one line (for example: jq -c .).";
        }

        if (line.StartsWith("{'", StringComparison.Ordinal))
        {
            return "the first line is a Python dictionary, not JSON; write the rows with json.dumps.";
        }

        char separator = line.Contains('\t', StringComparison.Ordinal) ? '\t' : ',';
        return line[0] != '{' && line.Contains(separator, StringComparison.Ordinal) && !IsJson(line)
            ? $"the file ends in .jsonl, but its first line is no JSON and looks like the header of "
                + $"{(separator == ',' ? "CSV; name it .csv" : "TSV; name it .tsv")}."
            : null;
    }

    private static string? NotSeparated(string text, string ending) => text[0] switch
    {
        '{' when IsJson(FirstLine(text)) => $"the file ends in {ending}, but its first line is a JSON object; it is JSONL: name it .jsonl.",
        '[' when text.Length > 1 && text[1..].TrimStart() is ['{', ..] =>
            $"the file ends in {ending}, but is a JSON array; write its objects one a line into a .jsonl (for example: jq -c '.[]').",
        _ when ending == ".csv" && !FirstLine(text).Contains(',', StringComparison.Ordinal) => OtherSeparator(FirstLine(text)),
        _ => null,
    };

    private static string? OtherSeparator(string header) =>
        header.Contains('\t', StringComparison.Ordinal) ? "the file ends in .csv, but its header has tabs and no comma; it is TSV: name it .tsv."
        : header.Contains(';', StringComparison.Ordinal) ? "the header has semicolons and no comma; save the file with commas between the columns."
        : null;

    private static string FirstLine(string text) => text.AsSpan().IndexOf('\n') is >= 0 and var end ? text[..end] : text;

    private static bool IsJson(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static byte[] Start(string path)
    {
        using FileStream file = File.OpenRead(path);
        byte[] start = new byte[(int)Math.Min(Looked, file.Length)];
        return start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
    }
}
