using EdgeFlora.Learning.Generation;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Portable.Generation;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Torch.Tests.Given;
using EdgeFlora.Learning.Training;
using TorchSharp;

namespace EdgeFlora.Learning.Torch.Tests;

[Collection(TorchProcess.Name)]
public sealed class TorchTextGeneratorTests
{
    // Two layers, each a few hundred roundings of 6e-8 of values up to 10; a padded batch sums in another order.
    private const float Tolerance = 2e-5f;

    private static readonly TorchDevice Cpu = TorchDevice.Find("cpu");
    private static readonly TrainingPlan Plan = new() { Steps = 1, BatchSize = 1, LearningRate = 1, Seed = 0 };

    // More than a group of eight with the samples, of different lengths.
    private static readonly string[] Prompts = ["red", "one two three", "cat", "dog run walk", "blue"];

    [TorchFact]
    public void Scores_with_remembered_keys_are_those_of_whole_texts()
    {
        int[][] texts = [[0, 5, 9, 7, 12], [0, 6, 6, 20, 4, 8, 9, 11, 13], [0, 17, 3], [0, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]];
        foreach (string family in TinyDecoder.All)
        {
            BaseModel model = TinyDecoder.Load(family);
            using var bound = new BoundModel(model, DecoderTask.Adapter(model), Cpu);
            using var cache = new TorchKeyValueCache(texts.Length, Cpu.Device);

            AssertSame(bound, cache, [(texts[0], 0, 2), (texts[1], 0, 4), (texts[2], 0, 1), (texts[3], 0, 7)], family);
            AssertSame(bound, cache, [(texts[0], 2, 3), (texts[1], 4, 5), (texts[2], 1, 2), (texts[3], 7, 8)], family);
            AssertSame(bound, cache, [(texts[0], 3, 5), (texts[1], 5, 6), (texts[2], 2, 3), (texts[3], 8, 9)], family);
            cache.Keep([1, 3]);
            AssertSame(bound, cache, [(texts[1], 6, 9), (texts[3], 9, 11)], family);
        }
    }

    [TorchFact]
    public void Greedy_texts_are_those_without_a_cache_and_those_of_the_portable_engine()
    {
        // Past the 64 tokens that a cache begins with.
        var greedy = new GenerationOptions { MaxNewTokens = 70, StopsAtEnd = false };
        foreach (string family in TinyDecoder.All)
        {
            BaseModel model = TinyDecoder.Load(family, Longer);
            using ILanguageTuning torch = new TorchEngine(Cpu).StartLanguage(model, DecoderTask.Adapter(model), [], Plan);
            using ILanguageTuning portable = new PortableEngine().StartLanguage(model, DecoderTask.Adapter(model), [], Plan);

            IReadOnlyList<GeneratedText> written = torch.Generate(Prompts, greedy, CancellationToken.None);

            Assert.Equal(WithoutCache(model, greedy), written);
            Assert.Equal(portable.Generate(Prompts, greedy, CancellationToken.None), written);
            Assert.All(written, text => Assert.Equal(70, text.Tokens));
        }
    }

    [TorchFact]
    public void Drawn_texts_that_end_one_after_the_other_are_those_without_a_cache()
    {
        var drawn =
            new GenerationOptions { MaxNewTokens = 30, Temperature = 1.2, TopK = 12, TopP = 0.95, Samples = 4, Seed = 5, StopTexts = ["two", "cat"] };
        foreach (string family in TinyDecoder.All)
        {
            BaseModel model = TinyDecoder.Load(family, Longer);
            using ILanguageTuning torch = new TorchEngine(Cpu).StartLanguage(model, DecoderTask.Adapter(model), [], Plan);

            IReadOnlyList<GeneratedText> written = torch.Generate(Prompts, drawn, CancellationToken.None);

            Assert.Equal(WithoutCache(model, drawn), written);
            Assert.True(written.Select(text => text.Tokens).Distinct().Count() > 2, $"{family}: all texts end together, which tells nothing.");
        }
    }

    [TorchFact]
    public void Writing_leaves_no_tensor_behind_and_can_be_cancelled()
    {
        BaseModel model = TinyDecoder.Load("llama", Longer);
        using ILanguageTuning tuning = new TorchEngine(Cpu).StartLanguage(model, DecoderTask.Adapter(model), [], Plan);
        var options = new GenerationOptions { MaxNewTokens = 3 };
        tuning.Generate(Prompts, options, CancellationToken.None);
        long settled = torch.Tensor.TotalCount;

        tuning.Generate(Prompts, options with { MaxNewTokens = 70 }, CancellationToken.None);
        Assert.Throws<OperationCanceledException>(() => tuning.Generate(Prompts, options, new CancellationToken(canceled: true)));

        Assert.Equal(settled, torch.Tensor.TotalCount);
    }

    /// <summary>Positions for more tokens than a cache begins with.</summary>
    private static string Longer(string config) => config
        .Replace("\"n_positions\": 12", "\"n_positions\": 96", StringComparison.Ordinal)
        .Replace("\"max_position_embeddings\": 12", "\"max_position_embeddings\": 96", StringComparison.Ordinal)
        .Replace("\"max_position_embeddings\": 16", "\"max_position_embeddings\": 96", StringComparison.Ordinal);

    /// <param name="parts">Of each text: how many tokens have been read, and how many are then.</param>
    private static void AssertSame(BoundModel bound, TorchKeyValueCache cache, (int[] Text, int From, int To)[] parts, string family)
    {
        float[] whole = bound.Scores(parts.Select(part => part.Text[..part.To]));
        float[] continued = bound.Scores(parts.Select(part => (part.Text[part.From..part.To], part.From)), cache);

        float worst = whole.Zip(continued, (x, y) => Math.Abs(x - y)).Max();
        Assert.True(worst <= Tolerance, $"{family}: scores after {parts[0].To} tokens are {worst} apart.");
    }

    /// <summary>One text after the other, read whole for every token.</summary>
    private static List<GeneratedText> WithoutCache(BaseModel model, GenerationOptions options)
    {
        using var bound = new BoundModel(model, DecoderTask.Adapter(model), Cpu);
        List<TextInProgress> texts = TextGenerator.Begin(model, Prompts, options);
        foreach (TextInProgress text in texts)
        {
            var ids = new List<int>();
            while (!text.IsFinished)
            {
                ids.AddRange(text.Unread);
                text.Append(bound.Scores([[.. ids]]));
            }
        }

        return [.. texts.Select(text => text.Finished())];
    }
}
