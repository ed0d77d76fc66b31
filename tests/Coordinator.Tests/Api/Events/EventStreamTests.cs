using System.Text;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Api.Events;
using EdgeFlora.Coordinator.Tests.Api.Fakes;
using Microsoft.AspNetCore.Http;

namespace EdgeFlora.Coordinator.Tests.Api.Events;

public sealed class EventStreamTests
{
    /// <param name="operation">What is done to the body, in order: it is begun and flushed, an event is written and flushed, a heartbeat.</param>
    /// <param name="last">Beginning of what was written by then.</param>
    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "")]
    [InlineData(2, "id: 1\nevent: RoundOpened\ndata: ")]
    [InlineData(3, "id: 1\nevent: RoundOpened\ndata: ")]
    [InlineData(4, ": alive\n\n")]
    [InlineData(5, ": alive\n\n")]
    public async Task What_is_being_written_when_the_service_stops_is_not_given_up_and_is_the_last(int operation, string last)
    {
        using var stop = new CancellationTokenSource();
        var runs = new FakeRunService();
        runs.Happen(Guid.NewGuid(), RunEventKind.RoundOpened);
        var body = new ClosingBody(operation, stop);
        var http = new DefaultHttpContext { Response = { Body = body } };
        var stream = new EventStream(runs, TimeProvider.System, TimeSpan.FromMilliseconds(1));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => stream.WriteAsync(http, run: null, follow: true, stop.Token).InTimeAsync());

        Assert.False(body.WasGivenUp);
        Assert.StartsWith(last, body.Last, StringComparison.Ordinal);
    }

    /// <summary>A body during whose n-th write or flush the service stops.</summary>
    private sealed class ClosingBody(int operation, CancellationTokenSource stop) : MemoryStream
    {
        private int operations;

        /// <summary>Whether the write or flush itself was told to stop.</summary>
        public bool WasGivenUp { get; private set; }

        /// <summary>What was written last.</summary>
        public string Last { get; private set; } = "";

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Assert.False(stop.IsCancellationRequested, "Something was begun after the stop.");
            Last = Encoding.UTF8.GetString(buffer.Span);
            await OperateAsync(cancellationToken);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => OperateAsync(cancellationToken);

        private async Task OperateAsync(CancellationToken given)
        {
            if (operations++ == operation)
            {
                await stop.CancelAsync();
                WasGivenUp = given.IsCancellationRequested;
            }
        }
    }
}
