using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.Learning.Devices;
using EdgeFlora.Learning.Portable;

namespace EdgeFlora.EdgeAgent.Tests;

/// <summary>An agent whose device was measured, against a scripted coordinator on the real bus, in memory.</summary>
public sealed class MeasuredDeviceTests
{
    [Fact]
    public async Task A_task_that_fits_into_memory_at_no_rank_is_declined()
    {
        await using Bench bench = await Bench.StartAsync();

        // Even rank 1 takes more than any machine has.
        bench.Run(new SteppingEngine(), null, CancellationToken.None, device: Device(perRank: long.MaxValue / 3));
        await bench.Coordinator.OfferAsync(bench.Offer());
        var none = await bench.Coordinator.NextAsync<TaskDeclined>();

        Assert.Equal((DeclineReason.OutOfMemory, (int?)null), (none.Reason, none.SuggestRank));
        Assert.Contains("Rank 4 of Lora with 2 examples of 8 tokens takes", none.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_variant_is_judged_by_what_was_measured_of_it()
    {
        await using Bench bench = await Bench.StartAsync();
        MemoryFit tooMuch = Device(perRank: long.MaxValue / 3).Memory!;

        bench.Run(
            new SteppingEngine(),
            null,
            CancellationToken.None,
            device: Device(perRank: 1000) with { HiraMemory = tooMuch, DoraMemory = tooMuch with { PerRank = 1 } });
        TaskOffer offer = bench.Offer();
        await bench.Coordinator.OfferAsync(offer with { Lora = offer.Lora with { Variant = "Hira" } });

        var declined = await bench.Coordinator.NextAsync<TaskDeclined>();
        Assert.Equal(DeclineReason.OutOfMemory, declined.Reason);
        Assert.Contains("Rank 4 of Hira with 2 examples of 8 tokens takes", declined.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hello_tells_what_was_measured_and_a_task_that_fits_is_trained()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Run(new SteppingEngine(), null, CancellationToken.None, device: Device(perRank: 1000));

        EngineCapability engine = Assert.Single((await bench.Coordinator.NextAsync<AgentHello>()).Engines);
        await bench.Coordinator.OfferAsync(bench.Offer());
        await bench.Coordinator.NextAsync<ResultReady>();

        Assert.Equal((1234.5, 1024, 65_536, 8), (engine.TokensPerSecond, engine.LargestRank, engine.LargestBatch, engine.MeasuredTokens));
        Assert.InRange(engine.MemoryFreeBytes, 1, long.MaxValue);
    }

    [Fact]
    public async Task A_task_of_the_portable_engine_is_planned_and_the_coordinator_is_told_how_it_fits()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Run(new PortableEngine(), bench.Options with { Limits = new LimitOptions { MemoryBytes = 100_000_000_000 } }, CancellationToken.None);

        await bench.Coordinator.OfferAsync(bench.Offer());
        var accepted = await bench.Coordinator.NextAsync<TaskAccepted>();

        Assert.Matches(@"\A\d+ MB: batch 2\z", accepted.Memory);
    }

    [Fact]
    public async Task What_the_owner_allows_of_the_device_is_told_in_the_hello_and_held_against_tasks()
    {
        await using Bench bench = await Bench.StartAsync();
        AgentOptions options = bench.Options with
        {
            Limits = new LimitOptions
            {
                Threads = 2,
                Nice = 3,
                MemoryBytes = 1_000_000,
                BytesUp = 50_000,
                BytesDown = 60_000,
                DiskBytes = 70_000_000_000,
            },
            Allow = new AllowOptions { Hours = WorkHours.Parse(["Mon-Sun 00:00-24:00"]), Metered = true },
        };
        bench.Run(new PortableEngine(), options, CancellationToken.None);

        DeviceLimits limits = (await bench.Coordinator.NextAsync<AgentHello>()).Limits!;
        await bench.Coordinator.OfferAsync(bench.Offer());
        var declined = await bench.Coordinator.NextAsync<TaskDeclined>();

        Assert.Equal(
            new DeviceLimits
            {
                Threads = 2,
                Nice = 3,
                MemoryBytes = 1_000_000,
                BytesUp = 50_000,
                BytesDown = 60_000,
                DiskBytes = 70_000_000_000,
                Hours = "Mon-Sun 00:00-24:00",
            },
            limits);
        Assert.Equal(DeclineReason.OutOfMemory, declined.Reason);
        Assert.Contains("limits.memory allows 1 MB; no rank would fit", declined.Detail, StringComparison.Ordinal);
    }

    private static DeviceProfile Device(double perRank) => new()
    {
        Key = "test",
        TokensPerSecond = 1234.5,
        MappedBytes = 0,
        Memory = new MemoryFit { MaxTokens = 8, Fixed = 1, PerRank = perRank, PerToken = 1, PerTokenRank = 0 },
    };
}
