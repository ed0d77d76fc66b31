using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Portable;

/// <summary>Against values that Reference/bert.py computed with PyTorch in float64.</summary>
public sealed class BertReferenceTests
{
    private static readonly Example[] Examples =
    [
        new("red cat runs", null, 1),
        new("one", null, 3),
        new("green dog", "two sleeps", 0),
    ];

    private static readonly TrainingPlan Plan = new()
    {
        Steps = 10,
        BatchSize = 3,
        LearningRate = 0.01,
        WeightDecay = 0.1,
        ClipNorm = 0,
        MaxTokens = 12,
        Seed = 1,
    };

    [Theory]
    [InlineData("mean", false)]
    [InlineData("pooler", true)]
    public void Probabilities_and_ten_losses_are_those_of_PyTorch(string name, bool pooler)
    {
        using JsonDocument reference = JsonDocument.Parse(typeof(BertReferenceTests).Assembly.GetManifestResourceStream("bert.json")!);
        JsonElement expected = reference.RootElement.GetProperty(name);
        using IFineTuning tuning = new PortableEngine().Start(TinyBert.Load(pooler), Adapter(), ["a", "b", "c", "d"], Examples, Plan);

        float[][] probabilities = tuning.Predict(Examples, TestContext.Current.CancellationToken);
        double[] losses = [.. Enumerable.Range(0, Plan.Steps).Select(_ => tuning.TrainStep())];

        // Single precision: some hundred roundings of 6e-8, of probabilities up to 1.
        AssertClose(
            expected.GetProperty("probabilities").EnumerateArray().SelectMany(row => row.EnumerateArray()),
            [.. probabilities.SelectMany(row => row).Select(p => (double)p)],
            1e-5);

        // Adam divides by the gradients' size: where a gradient is near zero its rounding errors grow, so the curves part a little more at every
        // step.
        AssertClose(expected.GetProperty("losses").EnumerateArray(), losses, 1e-4);
    }

    private static void AssertClose(IEnumerable<JsonElement> expected, double[] actual, double tolerance)
    {
        double[] values = [.. expected.Select(value => value.GetDouble())];
        Assert.Equal(values.Length, actual.Length);
        Assert.All(values.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, tolerance));
    }

    private static LoraAdapter Adapter()
    {
        (string Module, int Inputs)[] adapted = [("attention.self.query", 16), ("attention.self.value", 16), ("output.dense", 32)];
        return new LoraAdapter(
            new LoraSettings { Rank = 2, Alpha = 4, TargetModules = ["query", "value", "output.dense"], ModulesToSave = ["classifier"] },
            from layer in Enumerable.Range(0, TinyBert.Config.Layers)
            from module in adapted
            let name = $"bert.encoder.layer.{layer}.{module.Module}"
            select KeyValuePair.Create(
                name,
                new LoraFactors(
                    new Matrix(2, module.Inputs, TinyBert.Values($"{name}.lora_A", 2 * module.Inputs)),
                    new Matrix(16, 2, TinyBert.Values($"{name}.lora_B", 32)))),
            [
                KeyValuePair.Create("classifier.weight", new DenseTensor([4, 16], TinyBert.Values("classifier.weight", 64))),
                KeyValuePair.Create("classifier.bias", new DenseTensor([4], TinyBert.Values("classifier.bias", 4))),
            ]);
    }
}
