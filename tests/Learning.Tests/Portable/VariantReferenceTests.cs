using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Portable;

/// <summary>Against values that Reference/variants.py computed with PyTorch in float64.</summary>
public sealed class VariantReferenceTests
{
    private static readonly Example[] Examples =
    [
        new("red cat runs", null, 1),
        new("one", null, 3),
        new("green dog", "two sleeps", 0),
    ];

    [Theory]
    [InlineData(AdapterVariant.RsLora, OptimiserKind.AdamW)]
    [InlineData(AdapterVariant.RsLora, OptimiserKind.Sgd)]
    [InlineData(AdapterVariant.Dora, OptimiserKind.AdamW)]
    [InlineData(AdapterVariant.Dora, OptimiserKind.Sgd)]
    [InlineData(AdapterVariant.Hira, OptimiserKind.AdamW)]
    [InlineData(AdapterVariant.Hira, OptimiserKind.Sgd)]
    public void Probabilities_and_ten_losses_are_those_of_PyTorch(AdapterVariant variant, OptimiserKind optimiser)
    {
        using JsonDocument reference = JsonDocument.Parse(typeof(VariantReferenceTests).Assembly.GetManifestResourceStream("variants.json")!);
        JsonElement expected = reference.RootElement.GetProperty(variant.ToString().ToLowerInvariant());
        var plan = new TrainingPlan
        {
            Steps = 10,
            BatchSize = 3,
            Optimiser = optimiser,
            LearningRate = optimiser == OptimiserKind.AdamW ? 0.01 : 0.02,
            Momentum = 0.9,
            Nesterov = optimiser == OptimiserKind.Sgd,
            WeightDecay = 0.1,
            ClipNorm = 0,
            MaxTokens = 12,
            Seed = 1,
        };
        using IFineTuning tuning = new PortableEngine().Start(TinyTask.Model, Adapter(variant), ["a", "b", "c", "d"], Examples, plan);

        float[][] probabilities = tuning.Predict(Examples, TestContext.Current.CancellationToken);
        double[] losses = [.. Enumerable.Range(0, plan.Steps).Select(_ => tuning.TrainStep())];

        // Single precision: some hundred roundings of 6e-8, of probabilities up to 1.
        AssertClose(
            expected.GetProperty("probabilities").EnumerateArray().SelectMany(row => row.EnumerateArray()),
            [.. probabilities.SelectMany(row => row).Select(p => (double)p)],
            1e-5);

        // Adam divides by the gradients' size: where a gradient is near zero its rounding errors grow, so the curves part a little more at every
        // step.
        AssertClose(expected.GetProperty(optimiser.ToString().ToLowerInvariant()).EnumerateArray(), losses, 1e-4);
    }

    private static void AssertClose(IEnumerable<JsonElement> expected, double[] actual, double tolerance)
    {
        double[] values = [.. expected.Select(value => value.GetDouble())];
        Assert.Equal(values.Length, actual.Length);
        Assert.All(values.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, tolerance));
    }

    private static LoraAdapter Adapter(AdapterVariant variant)
    {
        (string Name, int Inputs)[] modules =
        [
            .. from layer in Enumerable.Range(0, TinyBert.Config.Layers)
               from module in new[] { ("attention.self.query", 16), ("attention.self.value", 16), ("output.dense", 32) }
               select ($"bert.encoder.layer.{layer}.{module.Item1}", module.Item2),
        ];
        return new LoraAdapter(
            new LoraSettings { Rank = 2, Alpha = 4, Variant = variant, TargetModules = ["query", "value", "output.dense"], ModulesToSave = ["classifier"] },
            modules.Select(module => KeyValuePair.Create(
                module.Name,
                new LoraFactors(
                    new Matrix(2, module.Inputs, TinyBert.Values($"{module.Name}.lora_A", 2 * module.Inputs)),
                    new Matrix(16, 2, TinyBert.Values($"{module.Name}.lora_B", 32))))),
            [
                KeyValuePair.Create("classifier.weight", new DenseTensor([4, 16], TinyBert.Values("classifier.weight", 64))),
                KeyValuePair.Create("classifier.bias", new DenseTensor([4], TinyBert.Values("classifier.bias", 4))),
                .. variant == AdapterVariant.Dora ? modules.Select(module => Magnitude(module.Name + ModuleNames.MagnitudeSuffix)) : [],
            ]);
    }

    private static KeyValuePair<string, DenseTensor> Magnitude(string name) =>
        KeyValuePair.Create(name, new DenseTensor([16], [.. TinyBert.Values(name, 16).Select(value => value + 1.5f)]));
}
