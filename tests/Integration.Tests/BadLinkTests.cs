using System.Security.Cryptography;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Integration.Tests.Given;
using EdgeFlora.Testing.Network;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Integration.Tests;

/// <summary>Bodies over slow, late and broken links, both ways, with a real broker. What takes a quarter of an hour is among the figures.</summary>
public sealed class BadLinkTests(BrokerFixture broker)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_passes_a_slow_link_that_is_cut(bool handsOver)
    {
        using var sides = new BadLink(broker.Own, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));

        await sides.PassAsync(handsOver, 200_000, bytesPerSecond: 64_000, TimeSpan.FromMilliseconds(100), cutAfter: 100_000, cuts: 1);
    }

    [Fact]
    public async Task A_transfer_goes_on_after_a_connection_died_without_a_word()
    {
        using var sides = new BadLink(broker.Own, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));
        await using var link = new TcpProxy("127.0.0.1", broker.Own.Port, 1_000_000, TimeSpan.FromMilliseconds(5));
        link.Start();
        MessageBus near = await sides.StartAsync(link.Port);
        MessageBus far = await sides.StartAsync(broker.Own.Port);
        BlobStore source = new(sides.In("near")), target = new(sides.In("far"));
        BlobClaim claim = source.Put(RandomNumberGenerator.GetBytes(1_000_000), "int8");
        using BlobExchange sender = sides.Exchange(near, source), receiver = sides.Exchange(far, target);
        await BadLink.ListenAsync(near, "half.near", sender, sides.Peer("half.far"));
        await BadLink.ListenAsync(far, "half.far", receiver, sides.Peer("half.near"), onChunk: link.Freeze);

        await BadLink.PersistAsync(() => sender.HandOverAsync(claim, sides.Peer("half.far"), Stop));

        Assert.Equal(source.ReadAll(claim.Sha256), target.ReadAll(claim.Sha256));
        await BadLink.StopAsync(near, far);
    }
}
