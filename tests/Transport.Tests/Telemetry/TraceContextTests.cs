using System.Diagnostics;
using EdgeFlora.Transport.Telemetry;

namespace EdgeFlora.Transport.Tests.Telemetry;

/// <summary>Places in traces as text: from whomever they are.</summary>
public sealed class TraceContextTests
{
    private const string Place = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public void A_place_is_read_as_it_was_written()
    {
        using var span = new Activity("any");
        span.SetIdFormat(ActivityIdFormat.W3C).Start();
        span.ActivityTraceFlags = ActivityTraceFlags.Recorded;

        ActivityContext read = TraceContext.Read(TraceContext.Write(span));

        Assert.Equal((span.TraceId, span.SpanId, ActivityTraceFlags.Recorded, true), (read.TraceId, read.SpanId, read.TraceFlags, read.IsRemote));
    }

    [Fact]
    public void Nothing_is_written_without_a_span() => Assert.Null(TraceContext.Write(null));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01")]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-zz")]
    [InlineData(Place + "-more")]
    [InlineData("\0\0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00-𝟘𝟘𝟘𝟘𝟘𝟘𝟘𝟘𝟘𝟘𝟘𝟘𝟘𝟘𝟘𝟘-b7ad6b7169203331-01")]
    public void Anything_else_is_no_place(string? sent) => Assert.Equal(default, TraceContext.Read(sent));

    [Fact]
    public void A_place_is_valid() => Assert.NotEqual(default, TraceContext.Read(Place));
}
