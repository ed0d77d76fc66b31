using EdgeFlora.Adapters;
using EdgeFlora.Learning.Devices.Planning;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Tests.Portable;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Devices;

public sealed class MemoryPlannerTests : IDisposable
{
    private const long Process = 50_000_000;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void With_room_enough_nothing_is_saved()
    {
        TrainingShape shape = Shape();

        MemoryChoice choice = MemoryPlanner.Choose(shape, Process, long.MaxValue, rounds: true);

        Assert.Equal(MemorySavings.None, choice.Plan!.Savings);
        Assert.Equal(shape.Model.WeightBytes, choice.Plan.WeightBytes);
        Assert.EndsWith(" MB: batch 2 × 8", choice.Plan.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Savings_are_taken_in_the_order_of_their_price_and_no_more_than_needed()
    {
        TrainingShape shape = Shape();
        var seen = new List<MemoryPlan>();
        long room = long.MaxValue;
        while (MemoryPlanner.Choose(shape, Process, room, rounds: true).Plan is { } plan)
        {
            seen.Add(plan);
            Assert.InRange(plan.TotalBytes, 1, room);
            room = plan.TotalBytes - 1;
        }

        // Each is there for less memory than the one before; parts come before recomputation, and both before weights in fewer bits.
        int[] price = [.. seen.Select(plan => ((int?)plan.Savings.Storage ?? 0) switch
        {
            0 => 0,
            (int)WeightStorage.EightBit => 100,
            (int)WeightStorage.FourBit => 200,
            _ => -1, // the model is in bfloat16 already
        } + (plan.Savings.Recompute ? 10 : 0) + (512 / plan.Savings.ShardTokens))];
        Assert.Equal(price.Order(), price);
        Assert.Contains(seen, plan => plan.Savings is { Storage: null, Recompute: false, ShardTokens: < 512 });
        Assert.Contains(seen, plan => plan.Savings is { Storage: null, Recompute: true });
        Assert.Contains(seen, plan => plan.Savings.Storage == WeightStorage.FourBit);
        Assert.Contains("nf4 weights", seen[^1].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_are_not_rounded_where_that_is_not_allowed()
    {
        TrainingShape shape = Shape();

        MemoryChoice choice = MemoryPlanner.Choose(shape, Process, 1, rounds: false);

        Assert.Null(choice.Plan);
        Assert.Null(choice.Least.Savings.Storage);
    }

    [Fact]
    public void Where_nothing_fits_the_largest_rank_and_the_most_layers_that_would_are_told()
    {
        TrainingShape shape = Shape(rank: 64);
        MemoryChoice none = MemoryPlanner.Choose(shape, Process, 1, rounds: true);
        Assert.Null(none.LargestRank);
        Assert.Null(none.TopLayers);
        MemorySavings most = none.Least.Savings;
        long room = MemoryPlanner.Plan(shape with { Rank = 24 }, most, Process).TotalBytes;

        MemoryChoice choice = MemoryPlanner.Choose(shape, Process, room, rounds: true);

        Assert.Null(choice.Plan);
        Assert.Equal(24, choice.LargestRank);
        Assert.InRange(MemoryPlanner.Plan(shape with { Rank = 25 }, most, Process).TotalBytes, room + 1, long.MaxValue);
        Assert.Equal(6, choice.TopLayers!.Value.Of);
        string[] fitting = [.. Targets(choice.TopLayers.Value.Blocks)];
        string[] beyond = [.. Targets(choice.TopLayers.Value.Blocks + 1)];
        Assert.InRange(MemoryPlanner.Plan(shape with { Targets = fitting }, most, Process).TotalBytes, 1, room);
        Assert.InRange(MemoryPlanner.Plan(shape with { Targets = beyond }, most, Process).TotalBytes, room + 1, long.MaxValue);

        static IEnumerable<string> Targets(int blocks) => Enumerable.Range(6 - blocks, blocks)
            .SelectMany(block => new[] { $"layer.{block}.attention.self.query", $"layer.{block}.attention.self.value" });
    }

    [Theory]
    [InlineData(AdapterVariant.Lora)]
    [InlineData(AdapterVariant.Dora)]
    [InlineData(AdapterVariant.Hira)]
    public void A_plan_holds_what_training_takes_and_little_more(AdapterVariant variant)
    {
        TrainingShape shape = Shape(rank: 8) with { Variant = variant };
        foreach (MemorySavings savings in new[] { MemorySavings.None, new() { ShardTokens = 64 }, new() { Recompute = true } })
        {
            MemoryPlan plan = MemoryPlanner.Plan(shape, savings, 0);
            LoraAdapter adapter = TinyTask.Adapter(folder.Path, variant, "query", "value");
            using IFineTuning tuning = new PortableEngine().Start(
                shape.Model, adapter, TinyTask.Labels, TinyTask.Examples(seed: 1, count: 100), shape.Plan with { Savings = savings, MaxTokens = 7 });
            tuning.TrainStep();

            // Seven tokens at most, as the words have it; the adapter of the test has rank 2, whose activations weigh nothing.
            MemoryPlan same = MemoryPlanner.Plan(shape with { Rank = 2, Plan = shape.Plan with { MaxTokens = 7 } }, savings, 0);
            Assert.InRange(tuning.TrainingBytes!.Value, 1, same.ActivationBytes + same.AdapterBytes);
            Assert.InRange(same.ActivationBytes, 1, plan.ActivationBytes);
        }
    }

    [Fact]
    public void Weights_rounded_for_one_training_are_planned_as_they_are()
    {
        TrainingShape shape = Shape();
        foreach (WeightStorage storage in new[] { WeightStorage.EightBit, WeightStorage.FourBit })
        {
            BaseModel rounded = shape.Model.Rounded(storage);

            long planned = MemoryPlanner.Plan(shape, new MemorySavings { Storage = storage }, 0).WeightBytes;

            // And the largest weight of the file, which is there while it is rounded.
            long largest = shape.Model.Network.Layout.Parameters.Max(parameter => shape.Model.Weight(parameter).Bytes);
            Assert.Equal(rounded.WeightBytes + largest, planned);
            Assert.Equal(storage, rounded.Storage);
        }
    }

    private TrainingShape Shape(int rank = 4)
    {
        TinyBert.Write(
            folder.Path,
            TinyBert.Config with { HiddenSize = 128, IntermediateSize = 512, Layers = 6, MaxPositions = 64 },
            EdgeFlora.Adapters.Safetensors.TensorType.BF16);
        return new TrainingShape
        {
            Model = BaseModel.Load(folder.Path),
            Labels = 4,
            Rank = rank,
            Variant = AdapterVariant.Lora,
            Targets = ["query", "value"],
            Plan = TinyTask.Plan with { BatchSize = 16, MaxTokens = 64 },
        };
    }
}
