using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Integration.Tests.Given;

namespace EdgeFlora.Figures;

/// <summary>The worst link that docs/operate.md promises, for a quarter of an hour each way: <c>-class "*BadLinkFigures"</c>.</summary>
public sealed class BadLinkFigures(BrokerFixture broker)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_megabyte_passes_at_8_kB_a_second_with_600_ms_delay_and_cuts(bool handsOver)
    {
        using var sides = new BadLink(broker.Own, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(5));

        await sides.PassAsync(handsOver, 1_000_000, bytesPerSecond: 8_000, TimeSpan.FromMilliseconds(600), cutAfter: 300_000, cuts: 3);
    }
}
