using EdgeFlora.Learning.Remote;

namespace EdgeFlora.Learning.Tests.Remote;

public sealed class FrameStreamTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((1 << 20) + 1)]
    [InlineData(5_000_000)]
    public void A_frame_comes_out_as_it_went_in(int length)
    {
        byte[] content = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 31))];
        using var stream = new MemoryStream();
        new FrameStream(Stream.Null, stream).Write(FrameKind.Save, content);
        new FrameStream(Stream.Null, stream).Write(FrameKind.Step, []);

        stream.Position = 0;
        var reader = new FrameStream(stream, Stream.Null);
        Frame first = reader.Read()!.Value;

        Assert.Equal(FrameKind.Save, first.Kind);
        Assert.True(first.Content.Span.SequenceEqual(content));
        Assert.Equal(FrameKind.Step, reader.Read()!.Value.Kind);
        Assert.Null(reader.Read());
    }

    [Fact]
    public void A_head_that_announces_gigabytes_takes_no_memory_for_them()
    {
        var reader = new FrameStream(new MemoryStream([(byte)'E', (byte)'F', (byte)FrameKind.Save, 0, 0xff, 0xff, 0xff, 0x7f, 1, 2, 3]), Stream.Null);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("3 of 2147483647", Assert.Throws<InvalidDataException>(() => reader.Read()).Message, StringComparison.Ordinal);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public void A_negative_length_is_refused() =>
        Assert.Throws<InvalidDataException>(
            () => new FrameStream(new MemoryStream([(byte)'E', (byte)'F', (byte)FrameKind.Save, 0, 0xff, 0xff, 0xff, 0xff]), Stream.Null).Read());
}
