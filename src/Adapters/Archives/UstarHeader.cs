using System.Globalization;
using System.Text;

namespace EdgeFlora.Adapters.Archives;

/// <summary>
/// The header of a file in the one form that archives of models have: ustar, a plain file, mode 644, of nobody, at time 0. So the same files are the
/// same bytes wherever they are packed.
/// </summary>
internal static class UstarHeader
{
    /// <summary>Bytes of a header, and of a block: contents are filled up to whole ones.</summary>
    public const int Bytes = 512;

    private const int SizeField = 124;
    private const int SizeDigits = 11;
    private const int ChecksumField = 148;
    private const int NameField = 100;

    /// <summary>Bytes that fill a content up to whole blocks.</summary>
    public static int Padding(long length) => (int)((Bytes - (length % Bytes)) % Bytes);

    /// <param name="name">At most 99 ASCII characters.</param>
    /// <param name="length">0 … <see cref="ModelFiles.MaxFileBytes"/>.</param>
    public static byte[] Write(string name, long length)
    {
        byte[] header = new byte[Bytes];
        void Put(int at, string text) => Encoding.ASCII.GetBytes(text).CopyTo(header, at);
        Put(0, name);
        Put(100, "0000644\0");
        Put(108, "0000000\0");
        Put(116, "0000000\0");
        Put(SizeField, Convert.ToString(length, 8).PadLeft(SizeDigits, '0') + '\0');
        Put(136, "00000000000\0");
        Put(ChecksumField, "        ");
        Put(156, "0");
        Put(257, "ustar\0" + "00");
        int sum = header.Sum(static value => value);
        Put(ChecksumField, Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ");
        return header;
    }

    /// <summary>Reads a header that has this form to the last byte.</summary>
    /// <returns>Null: it has not.</returns>
    public static (string Name, long Length)? Read(ReadOnlySpan<byte> header)
    {
        ReadOnlySpan<byte> name = header[..NameField];
        int end = name.IndexOf((byte)0);
        string digits = Encoding.ASCII.GetString(header.Slice(SizeField, SizeDigits));
        if (end < 1 || !digits.All(static c => c is >= '0' and <= '7'))
        {
            return null;
        }

        string text = Encoding.ASCII.GetString(name[..end]);
        long length = digits.Aggregate(0L, static (value, digit) => (value * 8) + int.Parse([digit], CultureInfo.InvariantCulture));
        return header.SequenceEqual(Write(text, length)) ? (text, length) : null;
    }
}
