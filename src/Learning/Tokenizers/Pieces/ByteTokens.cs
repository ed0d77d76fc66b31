using System.Globalization;
using System.Text;

namespace EdgeFlora.Learning.Tokenizers.Pieces;

/// <summary>The tokens <c>&lt;0x00&gt;</c> … <c>&lt;0xFF&gt;</c>, with which SentencePiece writes what has no piece.</summary>
/// <param name="ids">Ids by byte; null where the vocabulary lacks the token.</param>
internal sealed class ByteTokens(IReadOnlyList<int?> ids)
{
    public const int Count = 256;

    /// <summary>Whether every byte has a token.</summary>
    public bool IsComplete => ids.All(id => id is not null);

    /// <summary>Those of a vocabulary.</summary>
    public static ByteTokens Of(IReadOnlyDictionary<string, int> vocabulary) =>
        new([.. Enumerable.Range(0, Count).Select(b => vocabulary.TryGetValue(Name((byte)b), out int id) ? id : (int?)null)]);

    public static string Name(byte value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");

    /// <summary>The byte that a token stands for; null for other tokens.</summary>
    public static byte? Value(string token) =>
        token is ['<', '0', 'x', _, _, '>']
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)
            ? value
            : null;

    /// <summary>Appends the text's UTF-8 bytes; appends nothing and returns false if a byte has no token.</summary>
    public bool TryAppend(ReadOnlySpan<char> text, List<int> appended)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        if (!Array.TrueForAll(bytes, b => ids[b] is not null))
        {
            return false;
        }

        appended.AddRange(bytes.Select(b => ids[b]!.Value));
        return true;
    }
}
