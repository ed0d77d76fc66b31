using System.Globalization;
using EdgeFlora.Testing.Network;

namespace EdgeFlora.Testing.Tests.Network;

public sealed class FreePortsTests
{
    [Fact]
    public void A_process_takes_its_ports_from_a_share_that_no_other_process_gets()
    {
        int[] ports = [.. Enumerable.Range(0, 20).SelectMany(_ => FreePorts.Take(5))];

        int share = Assert.Single(ports.Select(port => port / 500 * 500).Distinct());
        string claim = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"edgeflora-ports-{share}"));
        Assert.ThrowsAny<IOException>(() => File.Open(claim, FileMode.Open, FileAccess.ReadWrite, FileShare.None));
    }

    [Fact]
    public void Ports_that_are_taken_together_are_different_ones() => Assert.Distinct(FreePorts.Take(50));
}
