using System.Threading.Channels;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;
using MassTransit;

namespace EdgeFlora.Transport.Tests.Buses;

public sealed class CourierTests
{
    private static readonly Ping Message = new() { Header = new MessageStamp(Guid.NewGuid(), TimeProvider.System).About(nameof(Ping), "a") };

    [Fact]
    public async Task A_time_out_of_the_brokers_client_is_no_wish_to_stop()
    {
        var courier = new Courier(new FailingBus(new TaskCanceledException("A task was canceled.")), TimeProvider.System, TimeSpan.FromSeconds(30));

        var late = await Assert.ThrowsAsync<TimeoutException>(
            () => courier.SendAsync("q", Message, Message.Header, null, TestContext.Current.CancellationToken));

        Assert.IsType<TaskCanceledException>(late.InnerException);
    }

    [Fact]
    public async Task A_caller_who_stops_is_told_so()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        var courier = new Courier(new FailingBus(new OperationCanceledException(stop.Token)), TimeProvider.System, TimeSpan.FromSeconds(30));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => courier.SendAsync("q", Message, Message.Header, null, stop.Token));
    }

    [Fact]
    public async Task Every_sending_of_a_message_bears_the_messages_own_id()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        (IBusControl bus, ChannelReader<Guid?> ids) = await ListenAsync(stop);
        var courier = new Courier(bus, TimeProvider.System, TimeSpan.FromSeconds(30));

        await courier.SendAsync("q", Message, Message.Header, null, stop);
        await courier.SendAsync("q", Message, Message.Header, null, stop);
        await courier.SendTransientAsync("q", Message, Message.Header, stop);

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(Message.Header.MessageId, await ids.ReadAsync(stop));
        }

        await bus.StopAsync(stop);
    }

    [Fact]
    public async Task What_the_guard_does_not_let_pass_does_not_leave()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        (IBusControl bus, ChannelReader<Guid?> ids) = await ListenAsync(stop);
        bool mayPass = false;
        var courier = new Courier(bus, TimeProvider.System, TimeSpan.FromSeconds(30))
        {
            Guard = () => _ = mayPass ? 0 : throw new InvalidOperationException("It leads no more."),
        };

        await Assert.ThrowsAsync<InvalidOperationException>(() => courier.SendAsync("q", Message, Message.Header, null, stop));
        await Assert.ThrowsAsync<InvalidOperationException>(() => courier.SendTransientAsync("q", Message, Message.Header, stop));
        mayPass = true;
        Ping last = new() { Header = new MessageStamp(Guid.NewGuid(), TimeProvider.System).About(nameof(Ping), "a") };
        await courier.SendAsync("q", last, last.Header, null, stop);

        Assert.Equal(last.Header.MessageId, await ids.ReadAsync(stop));
        await bus.StopAsync(stop);
    }

    /// <summary>A bus in memory whose queue "q" tells the ids of what comes.</summary>
    private static async Task<(IBusControl Bus, ChannelReader<Guid?> Ids)> ListenAsync(CancellationToken stop)
    {
        IBusControl bus = BusFactory.Create(new BrokerOptions(), TimeProvider.System);
        await bus.StartAsync(stop);
        Channel<Guid?> ids = Channel.CreateUnbounded<Guid?>();
        await bus.ConnectQueue(
            "q", QueueKind.AgentControl, queue => queue.Handler<Ping>(context => ids.Writer.WriteAsync(context.MessageId).AsTask()))
            .Ready.WaitAsync(stop);
        return (bus, ids.Reader);
    }

    private sealed class FailingBus(Exception failure) : ISendEndpointProvider
    {
        public Task<ISendEndpoint> GetSendEndpoint(Uri address) => Task.FromException<ISendEndpoint>(failure);

        public ConnectHandle ConnectSendObserver(ISendObserver observer) => throw new NotSupportedException();
    }
}
