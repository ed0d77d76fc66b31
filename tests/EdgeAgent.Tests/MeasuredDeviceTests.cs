using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.Learning.Devices;

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

    private static DeviceProfile Device(double perRank) => new()
    {
        Key = "test",
        TokensPerSecond = 1234.5,
        MappedBytes = 0,
        Memory = new MemoryFit { MaxTokens = 8, Fixed = 1, PerRank = perRank, PerToken = 1, PerTokenRank = 0 },
    };
}
