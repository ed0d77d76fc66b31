namespace EdgeFlora.Learning.Data;

/// <summary>What a file is that is no text in UTF-8, by its first bytes.</summary>
internal static class FileKind
{
    private static readonly (byte[] Start, string Kind)[] Known =
    [
        ([0xFF, 0xFE], Utf16),
        ([0xFE, 0xFF], Utf16),
        ([0x1F, 0x8B], "a gzip archive; unpack it first (gunzip)"),
        ([0x28, 0xB5, 0x2F, 0xFD], "a zstd archive; unpack it first (zstd -d)"),
        ([.. "BZh"u8], "a bzip2 archive; unpack it first (bunzip2)"),
        ([.. "PK\u0003\u0004"u8], "a zip archive or an Excel workbook; unpack it, or save the sheet as CSV in UTF-8"),
        ([0xD0, 0xCF, 0x11, 0xE0], "an old Excel workbook; save the sheet as CSV in UTF-8"),
        ([.. "PAR1"u8], "a Parquet file; write its rows as JSONL"),
        ([.. "ARROW1"u8], "an Arrow file; write its rows as JSONL"),
        ([.. "SQLite format 3"u8], "a SQLite database; write its rows as JSONL or CSV"),
        ([.. "%PDF"u8], "a PDF document; write its text as .txt or JSONL"),
        ([.. "version https://git-lfs"u8], "a pointer of Git LFS, not the file itself; get the file with 'git lfs pull' or download it again"),
        ([.. "<!DOCTYPE"u8], WebPage),
        ([.. "<!doctype"u8], WebPage),
        ([.. "<html"u8], WebPage),
    ];

    private const string Utf16 = "a text in UTF-16; save it in UTF-8";
    private const string WebPage = "a web page; perhaps the download failed";

    /// <exception cref="InvalidDataException">They are those of another kind of file; the message names it and says what to do.</exception>
    public static void Require(ReadOnlySpan<byte> start, string name)
    {
        if (Of(start) is { } kind)
        {
            throw new InvalidDataException($"{name} is {kind}.");
        }
    }

    private static string? Of(ReadOnlySpan<byte> start)
    {
        foreach ((byte[] known, string kind) in Known)
        {
            if (start.StartsWith(known))
            {
                return kind;
            }
        }

        // Without a byte-order mark: every other byte of Latin letters is zero.
        return start.Length >= 4 && ((start[0] == 0 && start[2] == 0) || (start[1] == 0 && start[3] == 0)) && start[0] + start[1] != 0 ? Utf16 : null;
    }
}
