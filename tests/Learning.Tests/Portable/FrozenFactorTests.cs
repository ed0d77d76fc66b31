using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Portable;

public sealed class FrozenFactorTests
{
    private const string Query = "bert.encoder.layer.0.attention.self.query";
    private const string Value = "bert.encoder.layer.1.attention.self.value";

    private static readonly BaseModel Model = TinyBert.Load();

    private static readonly TrainingPlan Plan =
        new() { Steps = 20, BatchSize = 8, LearningRate = 0.01, WeightDecay = 0.1, ClipNorm = 0, MaxTokens = 12, Seed = 3 };

    public static TheoryData<string[], string[]> Freezings => new()
    {
        { [Query, Value], [] },
        { [], [Query, Value] },
        { [Query], [Value] },
        { [Query, Value], [Query] },
    };

    [Theory]
    [MemberData(nameof(Freezings))]
    public void A_frozen_factor_keeps_its_bits_and_every_other_is_trained(string[] a, string[] b)
    {
        LoraAdapter start = TinyAdapter.Create(Query, Value);
        using IFineTuning tuning = Start(start, Plan with { Frozen = new FrozenFactors(a, b) });

        Run(tuning, 6);

        LoraAdapter end = tuning.Snapshot();
        foreach ((string module, LoraFactors factors) in start.Modules)
        {
            Assert.Equal(a.Contains(module), factors.A.Values.SequenceEqual(end.Modules[module].A.Values));
            Assert.Equal(b.Contains(module), factors.B.Values.SequenceEqual(end.Modules[module].B.Values));
        }

        Assert.NotEqual(start.Saved["classifier.weight"].Values, end.Saved["classifier.weight"].Values);
    }

    [Theory]
    [MemberData(nameof(Freezings))]
    public void What_is_still_trained_gets_the_gradient_it_would_get_anyway(string[] a, string[] b)
    {
        LoraAdapter start = TinyAdapter.Create(Query, Value);
        using IFineTuning all = Start(start, Plan);
        using IFineTuning part = Start(start, Plan with { Frozen = new FrozenFactors(a, b) });

        double[] losses = [all.TrainStep(), part.TrainStep()];

        // One step without clipping: every value depends on its own gradient alone.
        Assert.Equal(losses[0], losses[1]);
        (LoraAdapter whole, LoraAdapter partial) = (all.Snapshot(), part.Snapshot());
        foreach ((string module, LoraFactors factors) in whole.Modules)
        {
            Assert.Equal((a.Contains(module) ? start : whole).Modules[module].A.Values.ToArray(), partial.Modules[module].A.Values.ToArray());
            Assert.Equal((b.Contains(module) ? start : whole).Modules[module].B.Values.ToArray(), partial.Modules[module].B.Values.ToArray());
            Assert.NotEqual(start.Modules[module].A.Values.ToArray(), factors.A.Values.ToArray());
        }
    }

    [Fact]
    public void Interrupted_and_continued_is_as_uninterrupted_and_a_checkpoint_of_another_freezing_is_refused()
    {
        LoraAdapter start = TinyAdapter.Create(Query, Value);
        TrainingPlan plan = Plan with { Frozen = new FrozenFactors([Query, Value], []) };
        using IFineTuning whole = Start(start, plan);
        Run(whole, 7);
        using var checkpoint = new MemoryStream();
        using (IFineTuning first = Start(start, plan))
        {
            Run(first, 4);
            first.Save(checkpoint);
        }

        checkpoint.Position = 0;
        using IFineTuning second = Start(start, plan);
        second.Restore(checkpoint);
        Run(second, 3);
        checkpoint.Position = 0;
        using IFineTuning other = Start(start, Plan with { Frozen = new FrozenFactors([], [Query, Value]) });

        Assert.Equal(whole.Snapshot().Modules[Query].B.Values.ToArray(), second.Snapshot().Modules[Query].B.Values.ToArray());
        Assert.Throws<InvalidDataException>(() => other.Restore(checkpoint));
    }

    [Fact]
    public void The_adapter_given_may_change_afterwards()
    {
        LoraAdapter start = TinyAdapter.Create(Query, Value);
        using IFineTuning tuning = Start(start, Plan with { Frozen = new FrozenFactors([Query], []) });
        using IFineTuning untouched = Start(start.Clone(), Plan with { Frozen = new FrozenFactors([Query], []) });

        start.Modules[Query].A.Values.Clear();

        Assert.Equal(untouched.TrainStep(), tuning.TrainStep());
    }

    private static IFineTuning Start(LoraAdapter adapter, TrainingPlan plan) =>
        new PortableEngine().Start(Model, adapter, ["colour", "number", "animal", "verb"], Examples(), plan);

    private static void Run(IFineTuning tuning, int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            tuning.TrainStep();
        }
    }

    private static List<Example> Examples()
    {
        var random = new SeededRandom(1);
        return [.. Enumerable.Range(0, 40).Select(_ => random.NextInt(16)).Select(word => new Example(TinyBert.Words[word], null, word / 4))];
    }
}
