using EdgeFlora.Adapters;
using EdgeFlora.Learning.Generation;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Tests.Given;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Tests.Portable;
using EdgeFlora.Learning.Torch.Natives;
using EdgeFlora.Learning.Torch.Tests.Given;
using EdgeFlora.Learning.Training;
using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch.Tests;

/// <summary>
/// What the GPU computes, beside the processor. Run alone with <c>--filter-trait device=cuda</c> of the test program, or <c>--filter device=cuda</c>
/// of dotnet test.
/// </summary>
[Collection(TorchProcess.Name)]
[Trait("device", "cuda")]
public sealed class CudaTests
{
    private static readonly string[] Targets = ["query", "value", "dense"];
    private static readonly TrainingPlan Plan = WordTask.Plan with { LearningRate = 0.003 };
    private static readonly TrainingPlan OneStep =
        Plan with { Steps = 4, Optimiser = OptimiserKind.Sgd, Momentum = 0, LearningRate = 0.5, ClipNorm = 0, WarmupFraction = 0 };

    [CudaFact]
    public void The_device_is_described_by_its_driver()
    {
        TorchDevice device = TorchDevice.Find("auto");

        (string name, long bytes, int capability) = Assert.NotNull(CudaDriver.Describe(0));

        Assert.Equal("cuda", device.Kind);
        Assert.Contains(name, device.Detail, StringComparison.Ordinal);
        Assert.Equal(bytes, device.MemoryBytes);
        Assert.Equal(capability >= 8 ? ScalarType.BFloat16 : ScalarType.Float32, device.Compute);
    }

    [CudaFact]
    public void The_loss_curve_in_single_precision_is_the_processors()
    {
        using IFineTuning processor = Start(On("cpu", ScalarType.Float32));
        using IFineTuning gpu = Start(On("cuda", ScalarType.Float32));

        // What the design allows any two engines over twenty steps; sums run in another order.
        Assert.All(WordTask.Losses(processor, 20).Zip(WordTask.Losses(gpu, 20)), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        Assert.InRange(gpu.PeakBytes, 1 << 20, TorchDevice.Find("cuda").MemoryBytes);
    }

    [CudaFact]
    public void The_loss_curve_in_bfloat16_stays_near_the_processors()
    {
        using IFineTuning processor = Start(On("cpu", ScalarType.Float32));
        using IFineTuning rounded = Start(On("cpu", ScalarType.BFloat16));
        using IFineTuning gpu = Start(On("cuda", ScalarType.BFloat16));

        double[] losses = WordTask.Losses(gpu, 20);

        // As in BfloatTests, and twice that where both are rounded, each in its own way.
        Assert.All(WordTask.Losses(processor, 20).Zip(losses), pair => Assert.Equal(pair.First, pair.Second, 0.01));
        Assert.All(WordTask.Losses(rounded, 20).Zip(losses), pair => Assert.Equal(pair.First, pair.Second, 0.02));
    }

    [CudaFact]
    public void Every_variant_takes_the_processors_step()
    {
        foreach (AdapterVariant variant in Enum.GetValues<AdapterVariant>())
        {
            LoraAdapter start = TinyTask.Trained(variant);

            AssertSameStep(
                device => new TorchEngine(device).Start(TinyTask.Model, start, TinyTask.Labels, TinyTask.Examples(seed: 1), OneStep),
                start,
                variant.ToString());
        }
    }

    [CudaFact]
    public void Decoders_of_every_family_take_the_processors_step_and_write_the_same()
    {
        string[] prompts = ["red", "one two three", "cat"];
        foreach (string family in TinyDecoder.All)
        {
            BaseModel model = TinyDecoder.Load(family);
            LoraAdapter start = DecoderTask.Adapter(model);
            ILanguageTuning Begin(TorchDevice device) => new TorchEngine(device).StartLanguage(model, start, DecoderTask.Texts(), OneStep);

            AssertSameStep(Begin, start, family);

            using ILanguageTuning processor = Begin(On("cpu", ScalarType.Float32)), gpu = Begin(On("cuda", ScalarType.Float32));
            var greedy = new GenerationOptions { MaxNewTokens = 6 };
            Assert.Equal(processor.Generate(prompts, greedy, CancellationToken.None), gpu.Generate(prompts, greedy, CancellationToken.None));
        }
    }

    [CudaFact]
    public void The_same_training_gives_the_same_bits_again_interrupted_or_not()
    {
        foreach (ScalarType type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
        {
            TorchDevice device = On("cuda", type);
            using IFineTuning whole = Start(device), first = Start(device), second = Start(device);
            using var checkpoint = new MemoryStream();
            WordTask.Losses(whole, 9);
            WordTask.Losses(first, 5);
            first.Save(checkpoint);

            checkpoint.Position = 0;
            second.Restore(checkpoint);
            WordTask.Losses(second, 4);

            Assert.Equal(WordTask.Values(whole.Snapshot()), WordTask.Values(second.Snapshot()));
        }
    }

    private static TorchDevice On(string kind, ScalarType type) => TorchDevice.Find(kind) with { Compute = type };

    private static IFineTuning Start(TorchDevice device)
    {
        BaseModel model = TinyBert.Load();
        return new TorchEngine(device).Start(model, WordTask.Adapter(model, Targets), WordTask.Labels, WordTask.Examples(seed: 1), Plan);
    }

    private static void AssertSameStep(Func<TorchDevice, ITraining> begin, LoraAdapter start, string what)
    {
        using ITraining processor = begin(On("cpu", ScalarType.Float32)), gpu = begin(On("cuda", ScalarType.Float32));

        Assert.Equal(processor.TrainStep(), gpu.TrainStep(), 1e-5);

        // As in EngineAgreementTests: some hundred roundings of 6e-8 of values and gradients up to 2.
        float[] before = WordTask.Values(start), expected = WordTask.Values(processor.Snapshot()), actual = WordTask.Values(gpu.Snapshot());
        float worst = expected.Zip(actual, (x, y) => Math.Abs(x - y)).Max();
        Assert.True(worst <= 2e-5f, $"{what}: the devices end {worst} apart");
        Assert.True(expected.Zip(before, (x, y) => Math.Abs(x - y)).Max() > 2e-3f, $"{what}: the step is too small to tell anything");
    }
}
