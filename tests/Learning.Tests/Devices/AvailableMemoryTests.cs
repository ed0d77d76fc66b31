using EdgeFlora.Learning.Devices;

namespace EdgeFlora.Learning.Tests.Devices;

public sealed class AvailableMemoryTests
{
    private const string Table = "MemTotal:       24000000 kB\nMemFree:          100000 kB\nMemAvailable:    2000000 kB\n";

    [Theory]
    [InlineData(9_000_000_000, null, null, null, 9_000_000_000)]
    [InlineData(9_000_000_000, Table, null, null, 2_048_000_000)]
    [InlineData(1_000_000_000, Table, "max\n", "5\n", 1_000_000_000)]
    [InlineData(9_000_000_000, Table, "1500000000\n", "500000000\n", 1_000_000_000)]
    [InlineData(9_000_000_000, Table, "500000000\n", "600000000\n", 0)]
    [InlineData(9_000_000_000, "nonsense", "nonsense", "-4", 9_000_000_000)]
    public void The_tightest_limit_counts(long allowed, string? table, string? limit, string? use, long expected) =>
        Assert.Equal(expected, AvailableMemory.Least(allowed, table, limit, use));

    [Fact]
    public void This_machine_has_some() => Assert.InRange(AvailableMemory.Bytes, 1, long.MaxValue);
}
