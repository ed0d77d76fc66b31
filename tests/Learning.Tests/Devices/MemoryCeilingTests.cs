using EdgeFlora.Learning.Devices;

namespace EdgeFlora.Learning.Tests.Devices;

public sealed class MemoryCeilingTests
{
    private static readonly MemoryReadings Roomy = new() { Resident = 100, Own = 70, Collector = (1_000_000, 40) };

    [Fact]
    public void The_tightest_limit_counts_and_is_named()
    {
        Assert.Equal(new MemoryCeiling(1_000_060, 100, "the limit of the .NET runtime's heap"), MemoryCeiling.Of(Roomy, null));
        Assert.Equal(new MemoryCeiling(570, 100, "the memory that is free"), MemoryCeiling.Of(Roomy with { Available = 500 }, null));

        // 300 of a limit of 1000 are used by others: 370 without files, 70 of them this process's.
        Assert.Equal(
            new MemoryCeiling(700, 100, "the memory limit of its control group"),
            MemoryCeiling.Of(Roomy with { Available = 5000, Group = (1000, 370) }, null));
        Assert.Equal(new MemoryCeiling(200, 100, "limits.memory"), MemoryCeiling.Of(Roomy with { Group = (1000, 370) }, 200));
    }

    [Fact]
    public void Of_control_groups_the_tightest_above_the_process_counts_and_files_are_not_used_memory()
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["/sys/fs/cgroup/a.slice/b.service/memory.max"] = "max\n",
            ["/sys/fs/cgroup/a.slice/b.service/memory.current"] = "10\n",
            ["/sys/fs/cgroup/a.slice/memory.max"] = "4000\n",
            ["/sys/fs/cgroup/a.slice/memory.current"] = "3000\n",
            ["/sys/fs/cgroup/a.slice/memory.stat"] = "anon 900\nfile 2000\ninactive_file 1500\nactive_file 400\n",
            ["/sys/fs/cgroup/memory.max"] = "9000\n",
            ["/sys/fs/cgroup/memory.current"] = "5000\n",
        };

        Assert.Equal((4000, 1100), MemoryReadings.Tightest("9:cpu:/x\n0::/a.slice/b.service\n", path => files.GetValueOrDefault(path)));
        Assert.Equal((9000, 5000), MemoryReadings.Tightest("0::/\n", path => files.GetValueOrDefault(path)));
        Assert.Null(MemoryReadings.Tightest("4:memory:/x\n", path => files.GetValueOrDefault(path)));
        Assert.Null(MemoryReadings.Tightest(null, _ => "5"));
    }

    [Fact]
    public void A_control_group_of_version_1_counts_too_and_of_both_the_tighter_one()
    {
        var files = new Dictionary<string, string>
        {
            ["/sys/fs/cgroup/memory/box/memory.limit_in_bytes"] = "4000",
            ["/sys/fs/cgroup/memory/box/memory.usage_in_bytes"] = "3000",
            ["/sys/fs/cgroup/memory/box/memory.stat"] = "cache 900\ninactive_file 500\nactive_file 400\n",
            ["/sys/fs/cgroup/memory/memory.limit_in_bytes"] = "9223372036854771712",
            ["/sys/fs/cgroup/memory/memory.usage_in_bytes"] = "7000",
            ["/sys/fs/cgroup/memory.max"] = "2000",
            ["/sys/fs/cgroup/memory.current"] = "100",
        };

        Assert.Equal((4000, 2100), MemoryReadings.Tightest("4:cpu,memory:/box/inner\n1:name=systemd:/\n", path => files.GetValueOrDefault(path)));
        Assert.Equal((2000, 100), MemoryReadings.Tightest("4:memory:/box\n0::/\n", path => files.GetValueOrDefault(path)));
        Assert.Equal((long.MaxValue - 4095, 7000), MemoryReadings.Tightest("4:memory:/\n", path => files.GetValueOrDefault(path)));
    }

    [Fact]
    public void This_process_has_a_ceiling_above_what_it_has()
    {
        var now = MemoryCeiling.Now(null);

        Assert.InRange(now.Resident, 1, now.Bytes);
    }
}
