using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Models;

/// <summary>A short training of a tiny model, always the same.</summary>
internal static class TinyTraining
{
    private static readonly string[] Labels = ["short", "long"];

    public static readonly TrainingPlan Plan = new() { Steps = 20, BatchSize = 64, LearningRate = 0.02, MaxTokens = 12, Seed = 3 };

    /// <summary>Begins to train an adapter of rank 2.</summary>
    public static IFineTuning Start(BaseModel model, int threads)
    {
        int width = model.Network.HiddenSize;
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => 0.1f * (float)Math.Sin(i))];
        var adapter = new LoraAdapter(
            new LoraSettings { Rank = 2, Alpha = 4, TargetModules = ["query", "value"], ModulesToSave = ["classifier"] },
            from layer in model.Network.Layout.Linears
            where layer.Name.EndsWith("query", StringComparison.Ordinal) || layer.Name.EndsWith("value", StringComparison.Ordinal)
            select KeyValuePair.Create(
                layer.Name, new LoraFactors(new Matrix(2, layer.Inputs, Numbers(2 * layer.Inputs)), new Matrix(layer.Outputs, 2))),
            [
                KeyValuePair.Create("classifier.weight", new DenseTensor([2, width], Numbers(2 * width))),
                KeyValuePair.Create("classifier.bias", new DenseTensor([2], new float[2])),
            ]);
        List<Example> examples = [.. Enumerable.Range(0, 200).Select(
            i => new Example(string.Join(' ', TinyBert.Words.Skip(i % 9).Take(1 + (i % 7))), null, i % 7 < 3 ? 0 : 1))];
        return new PortableEngine().Start(model, adapter, Labels, examples, Plan with { Threads = threads, BatchSize = 160 });
    }

    /// <summary>Losses of five steps, and all values that were trained: equal bits say that the same was computed.</summary>
    public static float[] Trained(BaseModel model, int threads)
    {
        using IFineTuning tuning = Start(model, threads);
        double[] losses = [.. Enumerable.Range(0, 5).Select(_ => tuning.TrainStep())];
        LoraAdapter adapter = tuning.Snapshot();
        return
        [
            .. losses.Select(loss => (float)loss),
            .. adapter.Modules.Values.SelectMany(factors => factors.A.Values.ToArray().Concat(factors.B.Values.ToArray())),
            .. adapter.Saved.Values.SelectMany(tensor => tensor.Values),
        ];
    }
}
