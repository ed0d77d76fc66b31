using System.Globalization;
using System.Text;

namespace EdgeFlora.Coordinator.Specs.Documents;

/// <summary>Bytes of a spec as text: UTF-8, of a size that a spec can have.</summary>
internal static class SpecText
{
    /// <summary>Largest spec that is read; a spec with 10,000 labels has about half of it.</summary>
    public const int MaxBytes = 256 << 10;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="SpecSyntaxException">Too large, empty, or no UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes, string? file)
    {
        var whole = new SpecPlace(file);
        if (bytes.Length > MaxBytes)
        {
            throw new SpecSyntaxException(
                whole, string.Create(CultureInfo.InvariantCulture, $"the spec has {bytes.Length} bytes; at most {MaxBytes} are read"));
        }

        // NUL bytes betray UTF-16 and UTF-32 without a mark.
        if (bytes.StartsWith<byte>([0xFF, 0xFE]) || bytes.StartsWith<byte>([0xFE, 0xFF]) || bytes.Contains((byte)0))
        {
            throw new SpecSyntaxException(whole, "the spec is UTF-16 or UTF-32, or no text at all; save it as UTF-8");
        }

        ReadOnlySpan<byte> body = bytes.StartsWith<byte>([0xEF, 0xBB, 0xBF]) ? bytes[3..] : bytes;
        try
        {
            string text = Strict.GetString(body);
            return !string.IsNullOrWhiteSpace(text) ? text : throw new SpecSyntaxException(
                whole, "the spec is empty; it needs at least a task's data, such as labels");
        }
        catch (DecoderFallbackException broken)
        {
            int row = 1 + body[..Math.Max(0, broken.Index)].Count((byte)'\n');
            throw new SpecSyntaxException(new SpecPlace(file, row, 1), "a byte in this line is no UTF-8; save the spec as UTF-8", broken);
        }
    }
}
