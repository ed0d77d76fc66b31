using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Portable;

public sealed class MemorySavingsTests : IDisposable
{
    private const int Steps = 5;

    private static readonly string[] Labels = ["one", "two", "three", "four"];

    // Several shards of several sequences each.
    private static readonly TrainingPlan Plan = TinyTask.Plan with { BatchSize = 60, Savings = new MemorySavings { ShardTokens = 100 } };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, AdapterVariant> Encoders() =>
        new(from family in TinyFolder.Families from variant in Enum.GetValues<AdapterVariant>() select (family, variant));

    public static TheoryData<string> Decoders() => new(TinyDecoder.All);

    [Theory]
    [MemberData(nameof(Encoders))]
    public void Recomputed_layers_give_the_bits_of_kept_ones_in_less_memory(string family, AdapterVariant variant)
    {
        TinyFolder.Write(folder.Path, family);
        var model = BaseModel.Load(folder.Path);
        LoraAdapter adapter = Adapter(model, variant);

        Outcome kept = Train(model, adapter, Plan);
        Outcome recomputed = Train(model, adapter, Plan with { Savings = Plan.Savings with { Recompute = true } });
        Outcome byTwo = Train(model, adapter, Plan with { Savings = Plan.Savings with { Recompute = true }, Threads = 2 });

        Assert.Equal(kept.Values, recomputed.Values);
        Assert.Equal(kept.Values, byTwo.Values);
        Assert.InRange(recomputed.Bytes, 1, kept.Bytes - 1);
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Recomputed_layers_of_a_language_model_give_the_bits_of_kept_ones_in_less_memory(string name)
    {
        TinyDecoder.Write(folder.Path, name);
        var model = BaseModel.Load(folder.Path);
        TrainingPlan recomputes = Plan with { Savings = Plan.Savings with { Recompute = true } };

        Outcome kept = TrainLanguage(model, Plan);
        Outcome recomputed = TrainLanguage(model, recomputes);

        Assert.Equal(kept.Values, recomputed.Values);
        Assert.InRange(recomputed.Bytes, 1, kept.Bytes - 1);
    }

    [Fact]
    public void A_checkpoint_goes_on_with_or_without_recomputation_but_not_with_other_shards()
    {
        LoraAdapter adapter = TinyTask.Adapter(AdapterVariant.Lora);
        using IFineTuning kept = TinyTask.Start(adapter, Plan);
        using IFineTuning recomputed = TinyTask.Start(adapter, Plan with { Savings = Plan.Savings with { Recompute = true } });
        using IFineTuning other = TinyTask.Start(adapter, Plan with { Savings = new MemorySavings { ShardTokens = 50 } });
        TinyTask.Run(kept, 2);
        using var checkpoint = new MemoryStream();
        kept.Save(checkpoint);

        checkpoint.Position = 0;
        recomputed.Restore(checkpoint);
        TinyTask.Run(kept, 2);
        TinyTask.Run(recomputed, 2);

        Assert.Equal(TinyTask.Values(kept.Snapshot()), TinyTask.Values(recomputed.Snapshot()));
        checkpoint.Position = 0;
        Assert.Contains("another task", Assert.Throws<InvalidDataException>(() => other.Restore(checkpoint)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Smaller_shards_are_the_same_mathematics_in_less_memory()
    {
        LoraAdapter adapter = TinyTask.Adapter(AdapterVariant.Lora);

        Outcome whole = Train(TinyTask.Model, adapter, Plan with { Savings = MemorySavings.None });
        Outcome parts = Train(TinyTask.Model, adapter, Plan with { Savings = new MemorySavings { ShardTokens = 30 } });

        // Sums in another order: some roundings of 6e-8 of a gradient, which Adam's first steps, of the size of the rate whatever the gradient's,
        // enlarge.
        Assert.All(whole.Values.Zip(parts.Values), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 2e-4));
        Assert.All(whole.Losses.Zip(parts.Losses), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1e-5));
        Assert.NotEqual(whole.Values, parts.Values);
        Assert.InRange(parts.Bytes, 1, whole.Bytes / 3);
    }

    [Fact]
    public void Below_the_lowest_adapted_layer_nothing_is_kept()
    {
        TinyBert.Write(folder.Path, TinyBert.Config with { Layers = 6 });
        var model = BaseModel.Load(folder.Path);

        long all = Train(model, TinyTask.Adapter(folder.Path, AdapterVariant.Lora, "query", "value"), Plan).Bytes;
        long top = Train(model, TinyTask.Adapter(folder.Path, AdapterVariant.Lora, "encoder.layer.5.attention.self.query"), Plan).Bytes;

        // One layer of six, and the output of the layer below.
        Assert.InRange(top, 1, all / 3);
    }

    /// <summary>All of them, so that gradients flow through every path.</summary>
    private static LoraAdapter Adapter(BaseModel model, AdapterVariant variant)
    {
        using BaseModelFolder files = BaseModelFolder.Open(model.Folder);
        return files.FirstAdapter(
            new LoraSettings { Rank = 2, Alpha = variant == AdapterVariant.Hira ? 2 : 4, Variant = variant, TargetModules = files.UsualTargets },
            Labels.Length,
            seed: 9);
    }

    private static LoraAdapter LanguageAdapter(BaseModel model)
    {
        using BaseModelFolder files = BaseModelFolder.Open(model.Folder);
        return files.FirstAdapter(new LoraSettings { Rank = 2, Alpha = 4, TargetModules = files.UsualTargets }, seed: 9);
    }

    private static Outcome Train(BaseModel model, LoraAdapter adapter, TrainingPlan plan)
    {
        using IFineTuning tuning = new PortableEngine().Start(model, adapter, Labels, TinyTask.Examples(seed: 1, count: 200), plan);
        double[] losses = [.. Enumerable.Range(0, Steps).Select(_ => tuning.TrainStep())];
        float[] predictions = [.. tuning.Predict(TinyTask.Examples(seed: 2), CancellationToken.None).SelectMany(row => row)];
        return new Outcome(losses, [.. TinyTask.Values(tuning.Snapshot()), .. predictions], tuning.TrainingBytes!.Value);
    }

    private static Outcome TrainLanguage(BaseModel model, TrainingPlan plan)
    {
        List<LanguageSequence> texts = [.. Enumerable.Range(0, 200).Select(
            i => new LanguageSequence([.. Enumerable.Range(0, 3 + (i % 8)).Select(t => (t + i) % 16)], FirstTarget: 1, Bytes: 9))];
        using ILanguageTuning tuning = new PortableEngine().StartLanguage(model, LanguageAdapter(model), texts, plan);
        double[] losses = [.. Enumerable.Range(0, Steps).Select(_ => tuning.TrainStep())];
        losses = [.. losses, tuning.Evaluate(texts, CancellationToken.None).Loss];
        return new Outcome(losses, TinyTask.Values(tuning.Snapshot()), tuning.TrainingBytes!.Value);
    }

    private sealed record Outcome(double[] Losses, float[] Values, long Bytes);
}
