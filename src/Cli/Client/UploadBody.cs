namespace EdgeFlora.Cli.Client;

/// <summary>What an upload sends: tells each time something of it was read, and keeps apart what goes wrong here and what goes wrong there.</summary>
internal sealed class UploadBody(Stream inner, Action moved) : Stream
{
    /// <summary>Whether something of it was sent, so that the service has begun to take it.</summary>
    public bool HasMoved { get; private set; }

    /// <summary>Why it could not be read; null: it could.</summary>
    public Exception? Failure { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => inner.CanSeek;

    public override bool CanWrite => false;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => inner.Position = value;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        HasMoved = true;
        moved();
        try
        {
            return inner.Read(buffer, offset, count);
        }
        catch (Exception failure)
        {
            Failure = failure;
            throw;
        }
    }

    public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

    public override void Flush() => inner.Flush();

    public override void SetLength(long value) => throw new NotSupportedException("The stream is read only.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("The stream is read only.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
