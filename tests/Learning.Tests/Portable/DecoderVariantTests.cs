using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Merging;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Portable;

/// <summary>Variants on decoders: GPT-2's transposed layers, Llama's layers without bias.</summary>
public sealed class DecoderVariantTests
{
    // Losses of about 3 in single precision, by some hundred roundings of 6e-8.
    private const double Tolerance = 2e-5;

    private static readonly LanguageSequence[] Texts = [new([0, 5, 13, 17, 4], 1, 12), new([0, 9, 6, 4], 1, 8), new([0, 7, 15, 18, 11, 4], 1, 16)];

    private static readonly TrainingPlan Plan = new() { Steps = 8, BatchSize = 3, LearningRate = 0.02, MaxTokens = 12, Seed = 3 };

    [Theory]
    [InlineData("gpt2", AdapterVariant.Lora, "c_attn,c_proj")]
    [InlineData("gpt2", AdapterVariant.Dora, "c_attn,c_proj")]
    [InlineData("gpt2", AdapterVariant.Hira, "c_attn,c_proj")]
    [InlineData("qwen2", AdapterVariant.Lora, "q_proj,down_proj")]
    [InlineData("qwen2", AdapterVariant.Dora, "q_proj,down_proj")]
    [InlineData("qwen2", AdapterVariant.Hira, "q_proj,down_proj")]
    public void An_untrained_adapter_changes_nothing_and_a_trained_one_is_merged_to_the_same_loss(
        string family, AdapterVariant variant, string targets)
    {
        using var root = new TemporaryFolder();
        string folder = Directory.CreateDirectory(Path.Combine(root.Path, "model")).FullName, merged = Path.Combine(root.Path, "merged");
        TinyDecoder.Write(folder, family);
        BaseModel model = BaseModel.Load(folder);
        LoraAdapter start = First(folder, variant, targets.Split(','));
        var none = new LoraAdapter(start.Settings, []);
        using ILanguageTuning tuning = new PortableEngine().StartLanguage(model, start, Texts, Plan);
        double untrained = tuning.Evaluate(Texts, TestContext.Current.CancellationToken).Loss;

        for (int i = 0; i < Plan.Steps; i++)
        {
            tuning.TrainStep();
        }

        double trained = tuning.Evaluate(Texts, TestContext.Current.CancellationToken).Loss;
        ModelMerge.Write(
            new ModelMergeRequest { ModelFolder = folder, Adapter = tuning.Snapshot(), TaskType = "CAUSAL_LM", Output = merged },
            TestContext.Current.CancellationToken);
        Assert.Equal(Loss(model, none), untrained, Tolerance);
        Assert.InRange(trained, 0, untrained - 0.05);
        Assert.Equal(trained, Loss(BaseModel.Load(merged), none), Tolerance);
    }

    private static LoraAdapter First(string folder, AdapterVariant variant, string[] targets)
    {
        using BaseModelFolder model = BaseModelFolder.Open(folder);
        return model.FirstAdapter(new LoraSettings { Rank = 2, Alpha = 2, Variant = variant, TargetModules = targets }, seed: 4);
    }

    private static double Loss(BaseModel model, LoraAdapter adapter)
    {
        using ILanguageTuning tuning = new PortableEngine().StartLanguage(model, adapter, [], Plan);
        return tuning.Evaluate(Texts, TestContext.Current.CancellationToken).Loss;
    }
}
