using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Devices;
using EdgeFlora.Learning.Devices.Planning;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Models.Bert;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.Tests.Training;

public sealed class MemoryPlanningTests : IDisposable
{
    private const long Resident = 50_000_000;

    private readonly TemporaryFolder folder = new();
    private readonly BaseModel model;

    public MemoryPlanningTests() => model = Model();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_task_that_fits_is_trained_without_savings_and_one_that_does_not_with_those_it_needs()
    {
        MemoryPlan roomy = Planning(long.MaxValue).Require(Offer(), model);
        MemoryPlan tight = Planning(roomy.TotalBytes - 1).Require(Offer(), model);
        MemoryPlan tightest = Planning(Least()).Require(Offer(), model);

        Assert.Equal(MemorySavings.None, roomy.Savings);
        Assert.Equal(256, tight.Savings.ShardTokens);
        Assert.True(tightest.Savings is { Recompute: true, Storage: WeightStorage.FourBit });
        Assert.InRange(tight.TotalBytes, 1, roomy.TotalBytes - 1);
    }

    [Fact]
    public void What_the_process_takes_is_what_it_takes_now_or_took_when_it_was_measured_whichever_is_more()
    {
        MemoryPlan now = Planning(long.MaxValue).Require(Offer(), model);
        MemoryPlan measured = Planning(long.MaxValue, device: Device(80_000_000)).Require(Offer(), model);
        MemoryPlan apart = Planning(long.MaxValue, device: Device(40_000_000), apart: true).Require(Offer(), model);

        Assert.Equal((Resident, 80_000_000, Resident + 40_000_000), (now.ProcessBytes, measured.ProcessBytes, apart.ProcessBytes));
    }

    [Fact]
    public void What_fits_with_no_saving_is_declined_with_the_numbers_and_what_would_fit()
    {
        TaskOffer large = Offer() with { Lora = Offer().Lora with { Rank = 256 } };
        DeclinedException refusal = Assert.Throws<DeclinedException>(() => Planning(Least()).Require(large, model));

        Assert.Equal(DeclineReason.OutOfMemory, refusal.Reason);
        Assert.InRange(refusal.SuggestRank!.Value, 4, 255);
        Assert.StartsWith("Rank 256 of Lora with 32 examples of 64 tokens takes at least ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(" MB: batch 32 × 1, recomputed, nf4 weights here, and limits.memory allows ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"; rank {refusal.SuggestRank} would fit", refusal.Message, StringComparison.Ordinal);
        Assert.Matches(@"To take it as it is, raise limits\.memory to \d+ MB\.\z", refusal.Message);
    }

    [Fact]
    public void Weights_that_the_owner_wants_as_they_are_stay_so_and_the_setting_that_would_help_is_named()
    {
        MemoryPlanning planning = Planning(Least(), new LimitOptions { RoundWeights = false }, source: "the memory that is free");

        DeclinedException refusal = Assert.Throws<DeclinedException>(() => planning.Require(Offer(), model));

        Assert.EndsWith("To take it as it is, set weights to auto, which may hold them in fewer bits.", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(", and the memory that is free allows ", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("nf4", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_task_that_only_measures_is_never_declined_and_measures_with_all_savings()
    {
        MemoryPlan plan = Planning(1).Require(Offer() with { Kind = TaskKind.Evaluate, Hyper = null, MaxTokens = 64 }, model);

        Assert.Equal(WeightStorage.FourBit, plan.Savings.Storage);
    }

    [Fact]
    public void A_hello_tells_the_largest_rank_that_fits_with_all_savings()
    {
        DeviceProfile device = Device(0) with
        {
            Least = new MemoryFit { MaxTokens = 64, Fixed = 1_000_000, PerRank = 100_000, PerToken = 0, PerTokenRank = 0 },
        };
        var engine = new EngineCapability { Engine = "portable", Device = "cpu", MemoryTotalBytes = long.MaxValue };

        EngineCapability capability = Planning(Resident + 3_000_000, device: device).Capability(engine);
        EngineCapability small = Planning(Resident + 1_500_000, device: device).Capability(engine);

        Assert.Equal((20, 65_536, 64), (capability.LargestRank, capability.LargestBatch, capability.MeasuredTokens));
        Assert.Equal((Resident + 3_000_000, 3_000_000), (capability.MemoryTotalBytes, capability.MemoryFreeBytes));
        Assert.Equal((5, (int?)null), (small.LargestRank, small.LargestBatch)); // rank 8, for which batches are told, does not fit
    }

    private static DeviceProfile Device(long process) =>
        new() { Key = "test", TokensPerSecond = 1, MappedBytes = 0, Memory = null, ProcessBytes = process };

    private static TaskOffer Offer()
    {
        TaskOffer bare = Offers.Bare();
        return bare with { Hyper = bare.Hyper! with { BatchSize = 32, MaxTokens = 64 } };
    }

    private static MemoryPlanning Planning(
        long ceiling, LimitOptions? limits = null, DeviceProfile? device = null, bool apart = false, string source = MemoryCeiling.Owner) =>
        new(device, limits ?? new LimitOptions(), apart, () => new MemoryCeiling(ceiling, Resident, source));

    /// <summary>The least in which the task of <see cref="Offer"/> can be trained.</summary>
    private long Least()
    {
        TaskOffer offer = Offer();
        var shape = new TrainingShape
        {
            Model = model,
            Labels = offer.Labels.Count,
            Rank = offer.Lora.Rank,
            Variant = EdgeFlora.Adapters.AdapterVariant.Lora,
            Targets = offer.Lora.TargetModules,
            Plan = TrainingPlans.Of(offer, model, 1),
        };
        return MemoryPlanner.Choose(shape, Resident, 0, rounds: true).Least.TotalBytes;
    }

    /// <summary>Zeros: nothing is computed.</summary>
    private BaseModel Model()
    {
        string path = Directory.CreateDirectory(folder.In("model")).FullName;
        var config = new BertConfig { VocabularySize = 2000, HiddenSize = 128, Layers = 6, Heads = 2, IntermediateSize = 512, MaxPositions = 64 };
        config.Write(Path.Combine(path, "config.json"));
        File.WriteAllLines(Path.Combine(path, "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad"]);
        IEnumerable<TensorData> zeros = new BertModel(config, pooler: false).Layout.Parameters
            .Select(parameter => new TensorData(parameter.Name, parameter.Shape, new float[parameter.Length], TensorType.BF16));
        SafetensorsWriter.Write(Path.Combine(path, "model.safetensors"), [.. zeros]);
        return BaseModel.Load(path);
    }
}
