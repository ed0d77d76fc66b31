using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Portable;

/// <summary>A small classification task on <see cref="TinyBert"/>, with adapters of every variant.</summary>
internal static class TinyTask
{
    public static readonly BaseModel Model = TinyBert.Load();

    public static readonly string[] Labels = ["colour", "number", "animal", "verb"];

    public static readonly TrainingPlan Plan = new()
    {
        Steps = 20,
        BatchSize = 12,
        LearningRate = 0.01,
        WeightDecay = 0.01,
        WarmupFraction = 0.1,
        Schedule = RateSchedule.Cosine,
        MaxTokens = 12,
        Seed = 3,
    };

    /// <summary>A word one to five times; its kind is the label.</summary>
    public static List<Example> Examples(ulong seed, int count = 60)
    {
        var random = new SeededRandom(seed);
        var examples = new List<Example>();
        for (int i = 0; i < count; i++)
        {
            int kind = random.NextInt(4);
            string word = TinyBert.Words[(4 * kind) + random.NextInt(4)];
            examples.Add(new Example(string.Join(' ', Enumerable.Repeat(word, 1 + random.NextInt(5))), null, kind));
        }

        return examples;
    }

    /// <summary>The adapter that a training begins with.</summary>
    public static LoraAdapter Adapter(AdapterVariant variant)
    {
        using var folder = new TemporaryFolder();
        TinyBert.Write(folder.Path);
        return Adapter(folder.Path, variant, "query", "value", "dense");
    }

    /// <param name="folder">Of the base model.</param>
    public static LoraAdapter Adapter(string folder, AdapterVariant variant, params string[] targets)
    {
        using BaseModelFolder model = BaseModelFolder.Open(folder);
        return model.FirstAdapter(
            new LoraSettings { Rank = 2, Alpha = variant == AdapterVariant.Hira ? 2 : 4, Variant = variant, TargetModules = targets },
            Labels.Length,
            seed: 9);
    }

    /// <summary>An adapter some steps later, all of whose tensors differ from their start.</summary>
    public static LoraAdapter Trained(AdapterVariant variant)
    {
        using IFineTuning tuning = Start(Adapter(variant), Plan);
        Run(tuning, 5);
        return tuning.Snapshot();
    }

    public static IFineTuning Start(LoraAdapter adapter, TrainingPlan plan) =>
        new PortableEngine().Start(Model, adapter, Labels, Examples(seed: 1), plan);

    public static void Run(IFineTuning tuning, int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            tuning.TrainStep();
        }
    }

    /// <summary>Trains twelve steps on end, and again with a stop after seven from which other numbers of threads go on.</summary>
    /// <returns>The values that each of the two ends with.</returns>
    public static (float[] Whole, float[] Interrupted) Interrupted(LoraAdapter adapter, TrainingPlan plan)
    {
        using IFineTuning whole = Start(adapter, plan);
        Run(whole, 12);
        using var checkpoint = new MemoryStream();
        using (IFineTuning first = Start(adapter, plan with { Threads = 2 }))
        {
            Run(first, 7);
            first.Save(checkpoint);
        }

        checkpoint.Position = 0;
        using IFineTuning second = Start(adapter, plan with { Threads = 3 });
        second.Restore(checkpoint);
        Run(second, 5);
        return (Values(whole.Snapshot()), Values(second.Snapshot()));
    }

    public static float[][] Predict(BaseModel model, LoraAdapter adapter)
    {
        using IFineTuning tuning = new PortableEngine().Start(model, adapter, Labels, [], Plan);
        return tuning.Predict(Examples(seed: 2), CancellationToken.None);
    }

    /// <summary>All values of an adapter, one after the other.</summary>
    public static float[] Values(LoraAdapter adapter) =>
    [
        .. adapter.Modules.Values.SelectMany(factors => factors.A.Values.ToArray().Concat(factors.B.Values.ToArray())),
        .. adapter.Saved.Values.SelectMany(tensor => tensor.Values),
    ];
}
