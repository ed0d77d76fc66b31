using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Generation;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Portable;

/// <summary>
/// A published model against what Reference/stories260k.py makes of its original files in float64; the text is the one that its author shows.
/// </summary>
public sealed class PublishedDecoderTests
{
    // Single precision through five blocks: some thousand roundings of 6e-8, of scores up to 20.
    private const double Tolerance = 2e-4;

    [Fact]
    public void Every_token_of_a_sentence_is_as_probable_as_in_the_original()
    {
        JsonElement exact = Read();
        using ILanguageTuning tuning = Start(out BaseModel model);

        int[] ids = model.Tokenizer.EncodeOpen(exact.GetProperty("sentence").GetString()!);

        Assert.Equal(exact.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()), ids);
        Assert.All(
            exact.GetProperty("losses").EnumerateArray().Select((loss, i) => (Loss: loss.GetDouble(), Token: i + 1)),
            token => Assert.Equal(
                token.Loss,
                tuning.Evaluate([new LanguageSequence(ids[..(token.Token + 1)], token.Token, 1)], CancellationToken.None).Loss,
                Tolerance));
    }

    [Fact]
    public void The_most_probable_text_is_the_published_one()
    {
        JsonElement exact = Read();
        using ILanguageTuning tuning = Start(out _);

        GeneratedText text = tuning.Generate(
            [exact.GetProperty("prompt").GetString()!], new GenerationOptions { MaxNewTokens = exact.GetProperty("tokens").GetInt32() },
            CancellationToken.None)[0];

        Assert.Equal(exact.GetProperty("text").GetString(), text.Text);
    }

    [Fact]
    public void A_story_ends_where_the_next_would_begin()
    {
        using ILanguageTuning tuning = Start(out BaseModel model);

        GeneratedText story = tuning.Generate(["Once upon a time"], new GenerationOptions { MaxNewTokens = 500 }, CancellationToken.None)[0];

        Assert.Equal(StopReason.End, story.Reason);
        Assert.Contains(1, model.EndTokens);
    }

    private static ILanguageTuning Start(out BaseModel model)
    {
        model = BaseModel.Load(SharedData.Model("stories260K"));
        var none = new LoraAdapter(new LoraSettings { Rank = 1, Alpha = 1, TargetModules = ["q_proj"] }, []);
        return new PortableEngine().StartLanguage(model, none, [], new TrainingPlan { Steps = 1, BatchSize = 1, LearningRate = 1, Seed = 1 });
    }

    private static JsonElement Read()
    {
        using JsonDocument document = JsonDocument.Parse(typeof(PublishedDecoderTests).Assembly.GetManifestResourceStream("stories260k.json")!);
        return document.RootElement.Clone();
    }
}
