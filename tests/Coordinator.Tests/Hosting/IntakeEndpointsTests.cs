using EdgeFlora.Contracts;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Hosting;

public sealed class IntakeEndpointsTests
{
    private static readonly Guid Run = new("01980000-0000-7000-8000-000000000009");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Queues_that_the_broker_does_not_let_be_consumed_are_named_after_a_while()
    {
        var time = new FakeTimeProvider();
        Task attaching = IntakeEndpoints.AttachedAsync([Task.CompletedTask, new TaskCompletionSource().Task], Run, time, Stop);
        Assert.False(attaching.IsCompleted);

        time.Advance(TimeSpan.FromMinutes(1));

        string said = (await Assert.ThrowsAsync<BrokerUnreachableException>(() => attaching)).Message;
        Assert.StartsWith(
            $"The broker does not let queues {Queues.RunIntake(Run)} and {Queues.RunChunks(Run)} be consumed", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_of_the_broker_is_told_at_once() => Assert.EndsWith(
        "be consumed (no such host)",
        (await Assert.ThrowsAsync<BrokerUnreachableException>(
            () => IntakeEndpoints.AttachedAsync([Task.FromException(new IOException("no such host"))], Run, new FakeTimeProvider(), Stop))).Message,
        StringComparison.Ordinal);
}
