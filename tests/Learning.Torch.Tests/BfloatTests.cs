using EdgeFlora.Adapters;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Tests;
using EdgeFlora.Learning.Tests.Given;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Torch.Tests.Given;
using EdgeFlora.Learning.Training;
using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch.Tests;

/// <summary>Frozen weights and activations in bfloat16, as on a GPU, here on the processor.</summary>
[Collection(TorchProcess.Name)]
public sealed class BfloatTests : IDisposable
{
    // A value of bfloat16 is off by up to 2⁻⁸ = 0.004 of itself, by 0.002 at the mean. Two layers of ten such roundings each, in either direction, leave scores of size 1 within 0.002·√20.
    private const double Tolerance = 0.01;

    private static readonly string[] Targets = ["query", "value", "dense"];
    private static readonly TrainingPlan Plan = WordTask.Plan with { LearningRate = 0.01 };

    private readonly TemporaryFolder folder = new();

    public BfloatTests() => TinyBert.Write(folder.Path);

    public void Dispose() => folder.Dispose();

    [TorchFact]
    public void The_loss_curve_stays_near_that_of_single_precision()
    {
        using IFineTuning exact = Start(WeightStorage.Mapped);
        using IFineTuning rounded = Start(WeightStorage.Bf16);

        double[] expected = WordTask.Losses(exact, 20);
        double[] actual = WordTask.Losses(rounded, 20);

        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
        Assert.True(expected.Zip(actual, (x, y) => Math.Abs(x - y)).Max() > 1e-5, "Nothing was rounded.");
        Assert.True(actual[0] - actual[^1] > 4 * Tolerance, $"A fall from {actual[0]} to {actual[^1]} is too small to tell anything.");
    }

    [TorchFact]
    public void Decoders_of_every_family_lose_as_much_as_in_single_precision()
    {
        foreach (string family in TinyDecoder.All)
        {
            using var decoder = new TemporaryFolder();
            TinyDecoder.Write(decoder.Path, family);
            using ILanguageTuning exact = StartLanguage(decoder, WeightStorage.Singles);
            using ILanguageTuning rounded = StartLanguage(decoder, WeightStorage.Bf16);

            double[] expected = WordTask.Losses(exact, 5), actual = WordTask.Losses(rounded, 5);

            // Losses of random models are up to 10; of that bfloat16 keeps two digits.
            Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 0.02 * pair.First));
            Assert.Equal(exact.Evaluate(DecoderTask.Texts(), CancellationToken.None).Loss, rounded.Evaluate(DecoderTask.Texts(), CancellationToken.None).Loss, 0.02 * expected[^1]);
        }
    }

    [TorchFact]
    public void Frozen_weights_are_bfloat16_and_factors_stay_in_single_precision()
    {
        var model = BaseModel.Load(folder.Path, WeightStorage.Bf16);
        var adapted = new AdaptedModel(model, WordTask.Adapter(model, Targets), model.Network.Head(WordTask.Labels.Length), FrozenFactors.None);
        TorchDevice device = TorchDevice.Find("cpu").For(model.Storage);
        using var trained = new TrainedTensors(adapted.Trained, device.Device);
        using var weights = new TorchWeights(adapted.Weights, trained, device);
        LinearLayer layer = model.Network.Layout.Linears.First(linear => linear.Name.EndsWith(".query", StringComparison.Ordinal));

        TorchLora lora = weights.AdapterOf(layer)!;

        Assert.Equal(ScalarType.BFloat16, weights[layer.Weight].dtype);
        Assert.Equal((ScalarType.Float32, ScalarType.Float32), (lora.A.dtype, lora.B.dtype));
        Assert.Equal(model.Weight(layer.Weight).ToArray(), TorchTraining.Read(weights[layer.Weight]));
    }

    [TorchFact]
    public void Steps_smaller_than_bfloat16_can_hold_are_not_lost()
    {
        using var decoder = new TemporaryFolder();
        TinyDecoder.Write(decoder.Path, "llama");
        using ILanguageTuning tuning = StartLanguage(decoder, WeightStorage.Bf16, Plan with { LearningRate = 1e-5, WarmupFraction = 0, WeightDecay = 0 });
        float[] before = WordTask.Values(tuning.Snapshot());

        tuning.TrainStep();

        // AdamW moves every value by the rate at first: a 30,000th of factors of size 0.3, of which bfloat16 keeps a 256th.
        float[] moves = [.. before.Zip(WordTask.Values(tuning.Snapshot()), (x, y) => Math.Abs(x - y))];
        Assert.True(moves.Count(move => move > 5e-6f) > moves.Length / 4, "Most values stayed.");
        Assert.InRange(moves.Max(), 0, 1.1e-5f);
    }

    [TorchFact]
    public void An_interrupted_training_ends_with_the_same_bits_and_only_in_the_type_it_began_in()
    {
        using IFineTuning whole = Start(WeightStorage.Bf16), first = Start(WeightStorage.Bf16), second = Start(WeightStorage.Bf16), exact = Start(WeightStorage.Singles);
        using var checkpoint = new MemoryStream();
        WordTask.Losses(whole, 6);
        WordTask.Losses(first, 2);
        first.Save(checkpoint);

        checkpoint.Position = 0;
        second.Restore(checkpoint);
        WordTask.Losses(second, 4);

        Assert.Equal(WordTask.Values(whole.Snapshot()), WordTask.Values(second.Snapshot()));
        checkpoint.Position = 0;
        Assert.Contains("another task", Assert.Throws<InvalidDataException>(() => exact.Restore(checkpoint)).Message, StringComparison.Ordinal);
    }

    private static ILanguageTuning StartLanguage(TemporaryFolder decoder, WeightStorage storage, TrainingPlan? plan = null)
    {
        var model = BaseModel.Load(decoder.Path, storage);
        return Engine().StartLanguage(model, DecoderTask.Adapter(model), DecoderTask.Texts(), plan ?? Plan);
    }

    private static TorchEngine Engine() => new(TorchDevice.Find("cpu"));

    private IFineTuning Start(WeightStorage storage)
    {
        var model = BaseModel.Load(folder.Path, storage);
        return Engine().Start(model, WordTask.Adapter(model, Targets), WordTask.Labels, WordTask.Examples(seed: 1), Plan);
    }
}
