using System.Buffers.Binary;

namespace EdgeFlora.Learning.Remote;

/// <summary>
/// Frames on a pair of streams. Layout: <c>EF</c>, kind, 0, length of the content (i32, little-endian), content.
/// Reading and writing may go on at once; each from one thread at a time.
/// </summary>
internal sealed class FrameStream(Stream input, Stream output)
{
    private const int HeaderLength = 8;

    // Memory grows with what has arrived, not with what a header announces.
    private const int Portion = 1 << 20;

    private readonly Lock writing = new();

    /// <summary>Several threads may write.</summary>
    /// <exception cref="IOException">The other side is gone.</exception>
    public void Write(FrameKind kind, ReadOnlySpan<byte> content)
    {
        Span<byte> header = [(byte)'E', (byte)'F', (byte)kind, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], content.Length);
        lock (writing)
        {
            output.Write(header);
            output.Write(content);
            output.Flush();
        }
    }

    /// <summary>The next frame; null if the stream ended between two frames.</summary>
    /// <exception cref="InvalidDataException">What came is no frame, or the stream ended within one.</exception>
    public Frame? Read()
    {
        byte[] header = new byte[HeaderLength];
        int read = input.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false);
        if (read == 0)
        {
            return null;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(4));
        if (read < HeaderLength || header is not [(byte)'E', (byte)'F', _, 0, ..] || length < 0 || !Enum.IsDefined((FrameKind)header[2]))
        {
            throw new InvalidDataException($"{Convert.ToHexString(header.AsSpan(0, read))} is no head of a frame.");
        }

        return new Frame((FrameKind)header[2], Content(length));
    }

    private byte[] Content(int length)
    {
        byte[] content = new byte[Math.Min(length, Portion)];
        int filled = 0;
        while (true)
        {
            filled += input.ReadAtLeast(content.AsSpan(filled), content.Length - filled, throwOnEndOfStream: false);
            if (filled < content.Length)
            {
                throw new InvalidDataException($"A frame ended after {filled} of {length} bytes.");
            }

            if (filled == length)
            {
                return content;
            }

            Array.Resize(ref content, (int)Math.Min(length, 2L * content.Length));
        }
    }
}
