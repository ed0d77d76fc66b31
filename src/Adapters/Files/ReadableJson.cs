using System.Globalization;
using System.Text.Json;

namespace EdgeFlora.Adapters.Files;

/// <summary>
/// JSON of unknown origin, every name and text of which can be read. <see cref="JsonDocument"/> alone leaves broken UTF-8 and lone surrogates to be
/// found on use, by an exception of another kind.
/// </summary>
public static class ReadableJson
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>What is wrong with a text, in words for people who do not know the parser; without a full stop.</summary>
    /// <param name="broken">From the parser, or from reading a text that is not valid Unicode.</param>
    /// <param name="lines">Whether the place has a line: not where a text is one line of a file.</param>
    public static string Describe(Exception broken, bool lines = true)
    {
        ArgumentNullException.ThrowIfNull(broken);
        if (broken is not JsonException json)
        {
            return broken.Message.TrimEnd('.');
        }

        string said = broken.Message.Split(" Path: ")[0].Split(" LineNumber: ")[0]
            .Replace(" Change the reader options.", "", StringComparison.Ordinal).TrimEnd('.', ' ');
        string place = json.BytePositionInLine is not { } at ? ""
            : lines && json.LineNumber is { } line ? string.Create(CultureInfo.InvariantCulture, $" (line {line + 1}, byte {at + 1})")
            : string.Create(CultureInfo.InvariantCulture, $" (byte {at + 1})");
        return said + place;
    }

    /// <summary>A byte-order mark at the beginning is passed over.</summary>
    /// <exception cref="JsonException">Not well-formed, nested over 64 levels deep, or a name or text is not valid Unicode.</exception>
    public static JsonDocument Parse(byte[] utf8, JsonDocumentOptions options = default)
    {
        ArgumentNullException.ThrowIfNull(utf8);
        if (Instead(utf8) is { } instead)
        {
            throw new JsonException(instead);
        }

        utf8 = utf8.AsSpan().StartsWith(ByteOrderMark) ? utf8[ByteOrderMark.Length..] : utf8;
        var reader = new Utf8JsonReader(utf8);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String)
                {
                    _ = reader.GetString();
                }
            }
        }
        catch (InvalidOperationException broken)
        {
            throw new JsonException($"The text before byte {reader.BytesConsumed} is not valid Unicode: {broken.Message}", broken);
        }

        return JsonDocument.Parse(utf8, options);
    }

    /// <summary>What a file is that a download or a checkout has left in the place of another; null if nothing speaks for that.</summary>
    private static string? Instead(ReadOnlySpan<byte> bytes) => bytes.TrimStart(" \t\r\n"u8) switch
    {
        [] => "it is empty",
        [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => "it is UTF-16; save it as UTF-8",
        var start when start.StartsWith("version https://git-lfs."u8) =>
            "it is a pointer of Git LFS, not the file itself; get the file with 'git lfs pull' or download it again",
        [(byte)'<', ..] => "it is a web page or other XML, not the file itself; download it again",
        _ => null,
    };
}
