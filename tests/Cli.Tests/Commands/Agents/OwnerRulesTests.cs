using EdgeFlora.Cli.Commands.Agents;
using EdgeFlora.Contracts.Presence;

namespace EdgeFlora.Cli.Tests.Commands.Agents;

public sealed class OwnerRulesTests
{
    [Fact]
    public void What_an_owner_does_not_limit_is_not_told() => Assert.Equal(["1 thread", "any hour"], OwnerRules.Of(new DeviceLimits { Threads = 1 }));

    [Fact]
    public void Everything_that_an_owner_limits_is_told() => Assert.Equal(
        [
            "2 threads", "nice 10", "memory 600.0 MB", "disk 2.00 GB", "up 50.0 kB a second", "down 1.0 MB a second", "hours 22:00-06:00",
            "not on battery", "not over a metered network", "its own models only",
        ],
        OwnerRules.Of(new DeviceLimits
        {
            Threads = 2,
            Nice = 10,
            MemoryBytes = 600_000_000,
            DiskBytes = 2_000_000_000,
            BytesUp = 50_000,
            BytesDown = 1_000_000,
            Hours = "22:00-06:00",
            OnBattery = false,
            Metered = false,
            LocalModelsOnly = true,
        }));
}
