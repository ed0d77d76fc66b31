using System.Threading.Channels;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Integration.Tests;

public sealed class BrokerOutageTests(BrokerFixture broker)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_outage_is_told_once_at_its_begin_and_once_at_its_end()
    {
        PrivateBroker own = broker.Own;
        using var log = new CountingLog();

        // By a clock that stands still: what is written again after a minute is not, however long the broker takes to start.
        MessageBus bus = await BusFactory.StartAsync(new BrokerOptions { Url = broker.Url("reconnect") }, new FakeTimeProvider(), log, Stop);
        await bus.ConnectQueue("outage.one", QueueKind.AgentControl, e => e.Handler<Ping>(_ => Task.CompletedTask)).Ready.InTimeAsync();
        await bus.ConnectQueue("outage.two", QueueKind.AgentChunks, e => e.Handler<Ping>(_ => Task.CompletedTask)).Ready.InTimeAsync();
        Channel<string> told = Channel.CreateUnbounded<string>();
        bus.WatchOutages(TimeProvider.System, line => told.Writer.TryWrite(line));

        await own.KillAsync();
        string begin = await told.Reader.ReadAsync(Stop).InTimeAsync();
        await own.StartAsync(Stop);
        string end = await told.Reader.ReadAsync(Stop).InTimeAsync();

        Assert.StartsWith("the broker is away (", begin, StringComparison.Ordinal);
        Assert.StartsWith("the broker is back after ", end, StringComparison.Ordinal);
        Assert.False(told.Reader.TryRead(out _));
        Assert.Equal(log.Traces.Distinct(StringComparer.Ordinal), log.Traces);
        await bus.StopAsync(Stop);
    }
}
