using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Devices;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.EdgeAgent.Tests.Training;

public sealed class MemoryCheckTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly BaseModel model;

    public MemoryCheckTests() => model = TinyModel.Load(folder.In("model"));

    public void Dispose() => folder.Dispose();

    // Offers have rank 4 and two examples of eight tokens: 1000 + 100·4 + 16·(10 + 4) = 1624 bytes, and 500 for the weights.
    private static readonly DeviceProfile Device = new()
    {
        Key = "test",
        TokensPerSecond = 7,
        MappedBytes = 500,
        Memory = new MemoryFit { MaxTokens = 8, Fixed = 1000, PerRank = 100, PerToken = 10, PerTokenRank = 1 },
    };

    [Theory]
    [InlineData(2124, null)]
    [InlineData(2123, 3)]
    [InlineData(1776, 1)] // 1000 + 100 + 16·11 and the weights
    public void A_task_is_declined_exactly_when_it_takes_more_than_is_free_and_the_largest_rank_that_fits_is_suggested(long free, int? suggested)
    {
        if (suggested is null)
        {
            Check(free).Require(Offers.Bare(), model);
            return;
        }

        DeclinedException refusal = Assert.Throws<DeclinedException>(() => Check(free).Require(Offers.Bare(), model));

        Assert.Equal((DeclineReason.OutOfMemory, suggested), (refusal.Reason, refusal.SuggestRank));
        Assert.Contains($"rank {suggested} would fit", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_no_rank_fits_none_is_suggested() =>
        Assert.Null(Assert.Throws<DeclinedException>(() => Check(1775).Require(Offers.Bare(), model)).SuggestRank);

    [Fact]
    public void Measuring_the_global_adapter_and_devices_that_were_not_measured_are_let_through()
    {
        Check(0).Require(Offers.Bare(kind: TaskKind.Evaluate), model);
        new MemoryCheck(null, model.Sha256, new SteppingEngine(), 1, () => 0).Require(Offers.Bare(), model);
    }

    [Fact]
    public void What_was_measured_with_one_model_says_nothing_of_another() =>
        new MemoryCheck(Device, "another", new SteppingEngine(), 1, () => 0).Require(Offers.Bare(), model);

    [Fact]
    public void A_hello_tells_the_most_that_fits()
    {
        EngineCapability capability = Check(20_000).Capability();

        // Rank: 1000 + 100·r + 128·(10 + r) ≤ 19,500; batch at rank 8: 1000 + 800 + 8·b·18 ≤ 19,500.
        Assert.Equal(
            (75, 122, 8, 7.0, 20_000L),
            (capability.LargestRank, capability.LargestBatch, capability.MeasuredTokens, capability.TokensPerSecond, capability.MemoryFreeBytes));
    }

    private MemoryCheck Check(long free) => new(Device, model.Sha256, new SteppingEngine(), 1, () => free);
}
