namespace EdgeFlora.Coordinator.Api.Standby;

/// <summary>
/// The body of an answer, whose writes end with its connection alone, whatever token they are given: under TLS one that is given up in between
/// leaves out a record that was encrypted already, and whatever follows looks forged to the client ("bad record mac").
/// </summary>
/// <param name="aborted">Cancelled when the connection is gone.</param>
internal sealed class WholeWrites(Stream body, CancellationToken aborted) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw NoSeeking();

    public override long Position
    {
        get => throw NoSeeking();
        set => throw NoSeeking();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested(); // nothing is encrypted yet
        return body.WriteAsync(buffer, aborted);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return body.FlushAsync(aborted);
    }

    public override void Flush() => throw new NotSupportedException("An answer is flushed without blocking.");

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("An answer is not read.");

    public override long Seek(long offset, SeekOrigin origin) => throw NoSeeking();

    public override void SetLength(long value) => throw NoSeeking();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("An answer is written without blocking.");

    private static NotSupportedException NoSeeking() => new("An answer is written once, from its beginning.");
}
