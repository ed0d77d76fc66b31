namespace EdgeFlora.Adapters.Archives;

/// <summary>An archive as a stream to read.</summary>
internal sealed class ModelArchiveStream(ModelArchive archive) : Stream
{
    private long position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => archive.Size;

    public override long Position
    {
        get => position;
        set => position = value is >= 0 && value <= Length
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The position lies outside of the archive.");
    }

    public override int Read(Span<byte> buffer)
    {
        int read = (int)Math.Min(buffer.Length, Length - position);
        archive.Read(position, buffer[..read]);
        position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => position + offset,
        _ => Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException("An archive is read only.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("An archive is read only.");
}
