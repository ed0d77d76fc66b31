using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Given;

/// <summary>A small task that an adapter can learn: one word, repeated, whose kind is the label. For tests that hold for every engine.</summary>
internal static class WordTask
{
    public static readonly string[] Labels = ["colour", "number", "animal", "verb"];

    public static readonly TrainingPlan Plan = new()
    {
        Steps = 40,
        BatchSize = 24,
        LearningRate = 0.02,
        WeightDecay = 0.01,
        WarmupFraction = 0.1,
        MaxTokens = 12,
        Seed = 3,
    };

    /// <summary>400 examples of different lengths.</summary>
    public static List<Example> Examples(ulong seed)
    {
        var random = new SeededRandom(seed);
        var examples = new List<Example>();
        for (int i = 0; i < 400; i++)
        {
            int kind = random.NextInt(4);
            string word = TinyBert.Words[(4 * kind) + random.NextInt(4)];
            examples.Add(new Example(string.Join(' ', Enumerable.Repeat(word, 1 + random.NextInt(5))), null, kind));
        }

        return examples;
    }

    /// <summary>An adapter of rank 2 on all layers with these endings, and a head.</summary>
    /// <param name="headScale">Standard deviation of the head's matrices.</param>
    public static LoraAdapter Adapter(BaseModel model, IReadOnlyList<string> targets, float headScale = 0)
    {
        var random = new SeededRandom(9);
        float[] Numbers(int count, double scale) => [.. Enumerable.Range(0, count).Select(_ => (float)(scale * random.NextGaussian()))];
        IClassificationHead head = model.Network.Head(Labels.Length);
        return new LoraAdapter(
            new LoraSettings { Rank = 2, Alpha = 4, TargetModules = targets, ModulesToSave = head.Modules },
            from layer in model.Network.Layout.Linears
            where targets.Any(target => layer.Name.EndsWith($".{target}", StringComparison.Ordinal))
            select KeyValuePair.Create(
                layer.Name, new LoraFactors(new Matrix(2, layer.Inputs, Numbers(2 * layer.Inputs, 0.3)), new Matrix(layer.Outputs, 2))),
            from parameter in head.Layout.Parameters
            select KeyValuePair.Create(
                parameter.Name, new DenseTensor([.. parameter.Shape], Numbers(parameter.Length, parameter.Shape.Count > 1 ? headScale : 0))));
    }

    public static double[] Losses(ITraining training, int steps) => [.. Enumerable.Range(0, steps).Select(_ => training.TrainStep())];

    public static float[] Values(LoraAdapter adapter) =>
    [
        .. adapter.Modules.Values.SelectMany(factors => factors.A.Values.ToArray().Concat(factors.B.Values.ToArray())),
        .. adapter.Saved.Values.SelectMany(tensor => tensor.Values),
    ];
}
