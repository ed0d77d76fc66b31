using System.Security.Cryptography;
using System.Text;

namespace EdgeFlora.Learning.Data;

/// <summary>Reads a stream line by line, never holding more than one, and hashes every byte of it.</summary>
internal sealed class HashedLines(Stream stream, string name) : IDisposable
{
    /// <summary>Longest line, in bytes.</summary>
    public const int MaxLineBytes = 1 << 20;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The lines with their numbers from 1, without line ends and byte-order marks.</summary>
    /// <exception cref="InvalidDataException">
    /// A line is too long, not UTF-8 or has control characters; the message names file and line.
    /// </exception>
    public IEnumerable<(int Number, string Text)> Read()
    {
        byte[] buffer = new byte[1 << 16];
        var pending = new MemoryStream();
        int number = 1;
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            hash.AppendData(buffer, 0, read);
            int start = 0;
            int end;
            while ((end = Array.IndexOf(buffer, (byte)'\n', start, read - start)) >= 0)
            {
                Append(pending, buffer.AsSpan(start..end), number);
                yield return (number, Take(pending, number));
                number++;
                start = end + 1;
            }

            Append(pending, buffer.AsSpan(start..read), number);
        }

        if (pending.Length > 0)
        {
            yield return (number, Take(pending, number));
        }
    }

    /// <summary>Lower-case hexadecimal SHA-256 of what was read; once, at the end.</summary>
    public string Sha256() => Convert.ToHexStringLower(hash.GetHashAndReset());

    public void Dispose() => hash.Dispose();

    private void Append(MemoryStream pending, ReadOnlySpan<byte> bytes, int number)
    {
        if (pending.Length + bytes.Length > MaxLineBytes)
        {
            throw new InvalidDataException($"{name}:{number}: the line has over {MaxLineBytes:N0} bytes, which is the most.");
        }

        pending.Write(bytes);
    }

    private string Take(MemoryStream pending, int number)
    {
        try
        {
            string text = Strict.GetString(pending.GetBuffer().AsSpan(0, (int)pending.Length)).TrimEnd('\r');
            pending.SetLength(0);
            int control = ControlCharacters.First(text);
            // A mark in the middle: files were put together, each of which began with one.
            return control < 0
                ? text.TrimStart('\uFEFF')
                : throw new InvalidDataException(
                    $"{name}:{number}: character {control + 1} of the line is the control character {ControlCharacters.Name(text[control])}, which "
                    + $"no text has: the file is damaged or not a text. Remove it; only in .jsonl may a text hold it, written "
                    + $"\\u{(int)text[control]:x4}.");
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException(
                $"{name}:{number}: not UTF-8 at byte {e.Index} of the line; save the file as UTF-8 (for example: iconv -f WINDOWS-1252 -t UTF-8).",
                e);
        }
    }
}
