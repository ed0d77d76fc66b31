using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Portable.Shapes;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Portable;

/// <summary>The memory that is counted on shapes, against what a tape takes for the same shard.</summary>
public sealed class ShardMemoryTests : IDisposable
{
    // Values between two grains: one that was counted too few shows.
    private const int Grain = 16;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, AdapterVariant, bool> Encoders() => new(
        from family in TinyFolder.Families
        from variant in Enum.GetValues<AdapterVariant>()
        from recomputes in new[] { false, true }
        select (family, variant, recomputes));

    public static TheoryData<string, bool> Decoders() =>
        new(from name in TinyDecoder.All from recomputes in new[] { false, true } select (name, recomputes));

    [Theory]
    [MemberData(nameof(Encoders))]
    public void A_classifier_takes_exactly_what_was_counted(string family, AdapterVariant variant, bool recomputes)
    {
        TinyFolder.Write(folder.Path, family);
        var model = BaseModel.Load(folder.Path);
        IClassificationHead head = model.Network.Head(3);
        AdaptedModel adapted = Adapted(model, variant, head);
        TrainingPlan plan = TinyTask.Plan with { BatchSize = 7, MaxTokens = 12, Savings = new MemorySavings { Recompute = recomputes } };
        var batch = new TokenBatch();
        for (int i = 0; i < plan.BatchSize; i++)
        {
            batch.Add(new int[plan.MaxTokens], plan.MaxTokens);
        }

        long counted = Training(model.Network, head, TrainedShape.Of(adapted.Weights), batch, recomputes);

        Assert.True(Fits(counted));
        Assert.False(Fits(counted - Grain));
        Assert.InRange(ShardMemory.Values(model.Network, head, TrainedShape.Of(adapted.Weights), plan), counted, long.MaxValue);

        bool Fits(long values)
        {
            var tape = new Tape(adapted.Weights, adapted.Trained.Length, recomputes);
            tape.Arena.Reserve(values);
            for (int step = 0; step < 2; step++)
            {
                tape.Start(training: true);
                Activation scores = head.Forward(tape, model.Network.Encode(tape, batch), batch);
                tape.CrossEntropy(scores, new int[scores.Rows], 1);
                tape.Backward();
            }

            return tape.Arena.Blocks == 1;
        }
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void A_language_model_takes_exactly_what_was_counted(string name, bool recomputes)
    {
        TinyDecoder.Write(folder.Path, name);
        var model = BaseModel.Load(folder.Path);
        var network = (ILanguageModel)model.Network;
        AdaptedModel adapted = Adapted(model, AdapterVariant.Lora, null);
        var batch = new TokenBatch();
        for (int i = 0; i < 5; i++)
        {
            batch.AddText(new int[12], 1);
        }

        var shapes = new ShapeTape(TrainedShape.Of(adapted.Weights), training: true, recomputes);
        ShapedActivation shaped = network.Encode(shapes, batch);
        shapes.InParts(shaped, () => shapes.CrossEntropy(network.Logits(shapes, shaped, batch.TargetRows[..20])));
        shapes.Backward();

        Assert.True(Fits(shapes.Peak));
        Assert.False(Fits(shapes.Peak - Grain));

        bool Fits(long values)
        {
            var tape = new Tape(adapted.Weights, adapted.Trained.Length, recomputes);
            tape.Arena.Reserve(values);
            tape.Start(training: true);
            Activation hidden = network.Encode(tape, batch);
            tape.InParts(
                hidden,
                batch.Predictions,
                20,
                (network, tape, hidden, batch),
                static (part, rows) => part.tape.CrossEntropy(
                    part.network.Logits(part.tape, part.hidden, part.batch.TargetRows[rows]), part.batch.Targets[rows], 1));
            tape.Backward();
            return tape.Arena.Blocks == 1;
        }
    }

    [Theory]
    [InlineData(100, 12, 60)]
    [InlineData(100, 12, 5)] // shards smaller than a sequence
    [InlineData(3, 12, 512)] // one shard
    [InlineData(64, 64, 512)]
    public void No_shard_has_more_tokens_than_the_largest_that_is_counted_with(int sequences, int length, int tokensPerShard)
    {
        var random = new EdgeFlora.Adapters.Randomness.SeededRandom(5);
        long most = (long)length * Shards.LargestShard(sequences, length, tokensPerShard);
        var shards = new Shards(tokensPerShard);
        for (int draw = 0; draw < 50; draw++)
        {
            int[][] drawn = [.. Enumerable.Range(0, sequences).Select(_ => new int[draw == 0 ? length : 1 + random.NextInt(length)])];
            shards.Cut(drawn, [.. Enumerable.Range(0, sequences)]);
            for (int shard = 0; shard < shards.Count; shard++)
            {
                Assert.InRange(drawn[shards[shard]].Sum(sequence => (long)sequence.Length), 1, most);
            }
        }
    }

    private static long Training(INetwork network, IClassificationHead head, TrainedShape trained, TokenBatch batch, bool recomputes)
    {
        var tape = new ShapeTape(trained, training: true, recomputes);
        tape.CrossEntropy(head.Forward(tape, network.Encode(tape, batch), batch));
        tape.Backward();
        return tape.Peak;
    }

    private static AdaptedModel Adapted(BaseModel model, AdapterVariant variant, IClassificationHead? head)
    {
        using BaseModelFolder files = BaseModelFolder.Open(model.Folder);
        var settings = new LoraSettings { Rank = 2, Alpha = 2, Variant = variant, TargetModules = files.UsualTargets };
        LoraAdapter adapter = head is null ? files.FirstAdapter(settings, seed: 1) : files.FirstAdapter(settings, head.Labels, seed: 1);
        return new AdaptedModel(model, adapter, head, FrozenFactors.None);
    }
}
