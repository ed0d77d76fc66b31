using System.Text;

namespace EdgeFlora.Learning.Tokenizers.PreTokenization;

/// <summary>GPT-2's printable character for every byte: itself where it is printable Latin-1, else one from U+0100 on, in order.</summary>
internal static class ByteAlphabet
{
    private const int Bytes = 256;

    private static readonly char[] Characters = Alphabet();
    private static readonly Dictionary<char, byte> Values = Enumerable.Range(0, Bytes).ToDictionary(b => Characters[b], b => (byte)b);

    /// <summary>The character of every byte.</summary>
    public static IEnumerable<string> All => Characters.Select(character => character.ToString());

    /// <summary>The text's UTF-8 bytes in the alphabet.</summary>
    public static string Write(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return string.Create(bytes.Length, bytes, static (characters, bytes) =>
        {
            for (int i = 0; i < characters.Length; i++)
            {
                characters[i] = Characters[bytes[i]];
            }
        });
    }

    /// <summary>The bytes of a token, or null if a character of it is not in the alphabet.</summary>
    public static byte[]? Read(string token)
    {
        byte[] bytes = new byte[token.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            if (!Values.TryGetValue(token[i], out bytes[i]))
            {
                return null;
            }
        }

        return bytes;
    }

    private static char[] Alphabet()
    {
        char[] characters = new char[Bytes];
        char next = '\u0100';
        for (int b = 0; b < Bytes; b++)
        {
            bool printable = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[b] = printable ? (char)b : next++;
        }

        return characters;
    }
}
