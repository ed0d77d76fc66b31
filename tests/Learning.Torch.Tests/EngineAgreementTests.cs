using EdgeFlora.Adapters;
using EdgeFlora.Learning.Generation;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Given;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Tests.Portable;
using EdgeFlora.Learning.Torch.Tests.Given;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Torch.Tests;

/// <summary>Every family and variant: one plain step down the gradient leads both engines to the same place.</summary>
[Collection(TorchProcess.Name)]
public sealed class EngineAgreementTests
{
    // Weights up to 2, gradients up to 1, each from some hundred roundings of 6e-8 per value and layer.
    private const float Tolerance = 2e-5f;

    private static readonly TrainingPlan OneStep = new()
    {
        Steps = 4,
        BatchSize = 24,
        Optimiser = OptimiserKind.Sgd,
        Momentum = 0,
        LearningRate = 0.5,
        ClipNorm = 0,
        MaxTokens = 12,
        Seed = 3,
    };

    [TorchFact]
    public void Encoders_of_every_family_take_the_same_step()
    {
        string[] targets = ["query", "value", "dense", "q_lin", "v_lin", "lin2", "qkv", "up"];
        foreach (string family in TinyFolder.Families)
        {
            BaseModel model = TinyFolder.Load(family);
            LoraAdapter start = WordTask.Adapter(model, targets, headScale: 0.5f);

            AssertSameStep(engine => engine.Start(model, start, WordTask.Labels, WordTask.Examples(seed: 1), OneStep), start, family);
        }
    }

    [TorchFact]
    public void Decoders_of_every_family_take_the_same_step_as_language_models()
    {
        foreach (string family in TinyDecoder.All)
        {
            BaseModel model = TinyDecoder.Load(family);
            LoraAdapter start = DecoderTask.Adapter(model);

            AssertSameStep(engine => engine.StartLanguage(model, start, DecoderTask.Texts(), OneStep), start, family);
        }
    }

    [TorchFact]
    public void Every_variant_takes_the_same_steps()
    {
        foreach (AdapterVariant variant in Enum.GetValues<AdapterVariant>())
        {
            LoraAdapter start = TinyTask.Trained(variant);

            AssertSameStep(
                engine => engine.Start(TinyTask.Model, start, TinyTask.Labels, TinyTask.Examples(seed: 1), OneStep), start, variant.ToString());
        }
    }

    [TorchFact]
    public void A_batch_taken_in_parts_is_the_same_step()
    {
        LoraAdapter start = TinyTask.Trained(AdapterVariant.Lora);

        AssertSameStep(
            engine =>
                engine.Start(TinyTask.Model, start, TinyTask.Labels, TinyTask.Examples(seed: 1), OneStep with { BatchSize = 8, Accumulate = 3 }),
            start,
            "parts");
    }

    [TorchFact]
    public void Frozen_factors_keep_their_bits_and_the_others_take_the_same_step()
    {
        LoraAdapter start = TinyTask.Trained(AdapterVariant.Lora);
        string first = start.Modules.Keys.First(), last = start.Modules.Keys.Last();
        var frozen = new FrozenFactors([first], [last]);

        LoraAdapter end = AssertSameStep(
            engine => engine.Start(TinyTask.Model, start, TinyTask.Labels, TinyTask.Examples(seed: 1), OneStep with { Frozen = frozen }),
            start,
            "frozen");

        Assert.Null(frozen.FirstChange(start, end));
    }

    [TorchFact]
    public void Texts_are_measured_and_continued_as_by_the_portable_engine()
    {
        foreach (string family in TinyDecoder.All)
        {
            BaseModel model = TinyDecoder.Load(family);
            using ILanguageTuning portable = new PortableEngine().StartLanguage(model, DecoderTask.Adapter(model), [], OneStep);
            using ILanguageTuning torch = Engine().StartLanguage(model, DecoderTask.Adapter(model), [], OneStep);
            string[] prompts = ["red", "one two three", "cat"];
            var greedy = new GenerationOptions { MaxNewTokens = 6 };
            var drawn = new GenerationOptions { MaxNewTokens = 4, Temperature = 1, TopP = 0.9, Samples = 4, Seed = 5 };

            LanguageMetrics expected = portable.Evaluate(DecoderTask.Texts(), CancellationToken.None);
            LanguageMetrics actual = torch.Evaluate(DecoderTask.Texts(), CancellationToken.None);

            Assert.Equal(expected.Tokens, actual.Tokens);
            Assert.Equal(expected.Loss, actual.Loss, tolerance: 1e-5);
            Assert.Equal(expected.BitsPerByte, actual.BitsPerByte, tolerance: 1e-5);
            Assert.Equal(portable.Generate(prompts, greedy, CancellationToken.None), torch.Generate(prompts, greedy, CancellationToken.None));
            Assert.Equal(portable.Generate(prompts, drawn, CancellationToken.None), torch.Generate(prompts, drawn, CancellationToken.None));
        }
    }

    private static TorchEngine Engine() => new(TorchDevice.Find("cpu"));

    private static LoraAdapter AssertSameStep(Func<IEngine, ITraining> begin, LoraAdapter start, string what)
    {
        using ITraining portable = begin(new PortableEngine());
        using ITraining torch = begin(Engine());

        Assert.Equal(portable.TrainStep(), torch.TrainStep(), tolerance: 1e-5);

        float[] before = WordTask.Values(start), expected = WordTask.Values(portable.Snapshot()), actual = WordTask.Values(torch.Snapshot());
        float worst = expected.Zip(actual, (x, y) => Math.Abs(x - y)).Max();
        float moved = expected.Zip(before, (x, y) => Math.Abs(x - y)).Max();
        Assert.True(worst <= Tolerance, $"{what}: the engines end {worst} apart");
        Assert.True(moved > 100 * Tolerance, $"{what}: the step of {moved} is too small to tell anything");
        return torch.Snapshot();
    }
}
