using EdgeFlora.Coordinator.Api;
using EdgeFlora.Coordinator.Api.Standby;
using EdgeFlora.Coordinator.Replicas;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Yarp.ReverseProxy.Forwarder;

namespace EdgeFlora.Coordinator.Tests.Api.Standby;

public sealed class StandbyForwardingTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_being_written_when_the_leader_or_this_replica_ends_is_not_given_up(bool leaderEnds)
    {
        using var closing = new CancellationTokenSource();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var forwarder = new WritingForwarder();
        var body = new SlowBody(forwarder.Cancelled, () => leaderEnds ? Task.Run(ended.SetResult) : closing.CancelAsync());
        var http = new DefaultHttpContext { Response = { Body = body } };
        using StandbyForwarding forwarding = Forwarding(forwarder, ended.Task, closing.Token);

        await forwarding.InvokeAsync(http, _ => Task.CompletedTask).InTimeAsync();

        Assert.Equal((true, false), (body.WasWritten, body.WasGivenUp));
        Assert.Same(body, http.Response.Body);
    }

    private static StandbyForwarding Forwarding(IHttpForwarder forwarder, Task ended, CancellationToken closing)
    {
        var leader = new ReplicaAddress(new Uri("https://leader.example:8443"), $"sha256:{new string('0', 64)}", "secret");
        var services = new ApiServices(null!, null!, null!, null!, null!, null!, TimeProvider.System, NullLoggerFactory.Instance)
        {
            Meter = null!,
            StandsBy = () => "far leads",
            Leading = () => new LeadingReplica("far", 3, leader, ended),
        };
        return new StandbyForwarding(forwarder, services, dev: false, closing);
    }

    /// <summary>Hands on an answer of one write, and tells when it is told to stop.</summary>
    private sealed class WritingForwarder : IHttpForwarder
    {
        private readonly TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Cancelled => cancelled.Task;

        public ValueTask<ForwarderError> SendAsync(
            HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig,
            HttpTransformer transformer) => throw new NotSupportedException("It could not be told to stop.");

        public async ValueTask<ForwarderError> SendAsync(
            HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig,
            HttpTransformer transformer, CancellationToken cancellationToken)
        {
            await using CancellationTokenRegistration telling = cancellationToken.Register(cancelled.SetResult);
            await context.Response.Body.WriteAsync("data"u8.ToArray(), cancellationToken);
            return ForwarderError.None;
        }
    }

    /// <summary>A body in the midst of whose write something ends.</summary>
    private sealed class SlowBody(Task cancelled, Func<Task> end) : MemoryStream
    {
        public bool WasWritten { get; private set; }

        /// <summary>Whether the write itself was told to stop.</summary>
        public bool WasGivenUp { get; private set; }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await end();
            await cancelled.InTimeAsync();
            WasGivenUp = cancellationToken.IsCancellationRequested;
            WasWritten = true;
        }
    }
}
