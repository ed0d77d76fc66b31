using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace EdgeFlora.Learning.Tokenizers.Normalization;

/// <summary>
/// SentencePiece's compiled map of characters (<c>precompiled_charsmap</c>): a double-array trie whose values point into a list of replacements.
/// </summary>
/// <remarks>
/// Layout: length of the trie in bytes as a 32-bit number, the trie's 32-bit units, then the replacements in UTF-8, each ended by a zero byte.
/// A unit holds a label in its low byte, whether a value follows in bit 8, and the offset to its children from bit 10 on
/// (github.com/s-yata/darts-clone).
/// </remarks>
internal sealed class CharacterMap
{
    /// <summary>Longest grapheme, in UTF-8 bytes, that is looked up whole; longer ones go character by character, as in the published code.</summary>
    private const int MaxGraphemeBytes = 5;

    private readonly uint[] units;
    private readonly byte[] replacements;

    /// <param name="compiled">The map's bytes.</param>
    /// <exception cref="InvalidDataException">The bytes are no such map.</exception>
    public CharacterMap(ReadOnlySpan<byte> compiled)
    {
        uint trieBytes = compiled.Length < 4 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(compiled);
        if (trieBytes == 0 || trieBytes % 4 != 0 || trieBytes > compiled.Length - 4)
        {
            throw new InvalidDataException(
                $"says its trie has {trieBytes} bytes; of {compiled.Length} in all it should be a multiple of 4, above 0, that fits.");
        }

        units = new uint[trieBytes / 4];
        for (int i = 0; i < units.Length; i++)
        {
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(compiled[(4 + (4 * i))..]);
        }

        replacements = compiled[(4 + (int)trieBytes)..].ToArray();
    }

    public string Normalize(string text)
    {
        var normalized = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length;)
        {
            ReadOnlySpan<char> grapheme = text.AsSpan(at, StringInfo.GetNextTextElementLength(text, at));
            at += grapheme.Length;
            if (Encoding.UTF8.GetByteCount(grapheme) <= MaxGraphemeBytes && Replacement(grapheme) is { } whole)
            {
                normalized.Append(whole);
                continue;
            }

            foreach (Rune rune in grapheme.EnumerateRunes())
            {
                string character = rune.ToString();
                normalized.Append(Replacement(character) ?? character);
            }
        }

        return normalized.ToString();
    }

    /// <summary>The replacement of the shortest beginning that has one, as in the published code; null if none has.</summary>
    private string? Replacement(ReadOnlySpan<char> characters)
    {
        Span<byte> key = stackalloc byte[MaxGraphemeBytes];
        key = key[..Encoding.UTF8.GetBytes(characters, key)];
        uint unit = units[0];
        uint node = Offset(unit);
        foreach (byte label in key)
        {
            node ^= label;
            if (label == 0 || node >= units.Length || (units[node] & 0x8000_00FF) != label)
            {
                return null;
            }

            unit = units[node];
            node ^= Offset(unit);
            if ((unit & 0x100) != 0)
            {
                return node < units.Length ? At(units[node] & 0x7FFF_FFFF) : null;
            }
        }

        return null;
    }

    private string? At(uint start)
    {
        if (start >= replacements.Length)
        {
            return null;
        }

        ReadOnlySpan<byte> rest = replacements.AsSpan((int)start);
        int end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
