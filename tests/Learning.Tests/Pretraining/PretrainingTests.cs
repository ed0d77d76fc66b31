using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Pretraining;

namespace EdgeFlora.Learning.Tests.Pretraining;

public sealed class PretrainingTests
{
    private static readonly CorpusDescription Source = new("made sentences", "none", "edgeflora pretrain");

    [Fact]
    public void The_loss_falls_and_the_folder_is_read_as_a_base_model()
    {
        using var folder = new TemporaryFolder();

        PretrainingProgress last = Run(Options(folder.File("made-model"), steps: 250));

        BaseModel model = BaseModel.Load(folder.File("made-model"));
        Assert.Equal(16, model.Network.HiddenSize);
        Assert.InRange(last.HeldOutLoss, 0, 1.5); // Ten words in any order: ln 10 ≈ 2.3 for who knows nothing of the sentences' rule.
        string card = File.ReadAllText(folder.File("made-model/README.md"));
        Assert.Contains("# made-model", card, StringComparison.Ordinal);
        Assert.Contains("| 250 |", card, StringComparison.Ordinal);
    }

    [Fact]
    public void Interrupted_or_not_and_with_any_number_of_threads_the_weights_have_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        PretrainingOptions whole = Options(folder.File("whole"), steps: 6);
        PretrainingOptions halted =
            Options(folder.File("halted"), steps: 6) with { Checkpoint = folder.File("checkpoint"), SaveEvery = 2, Threads = 2 };
        Run(whole);

        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(
            () => EdgeFlora.Learning.Pretraining.Pretraining.Run(halted, Sentences(), Source, new StopAt(4, stop), stop.Token));
        Run(halted);

        Assert.Equal(File.ReadAllBytes(folder.File("whole/model.safetensors")), File.ReadAllBytes(folder.File("halted/model.safetensors")));
    }

    [Fact]
    public void A_checkpoint_of_other_options_is_refused_with_its_file()
    {
        using var folder = new TemporaryFolder();
        PretrainingOptions options = Options(folder.File("model"), steps: 2) with { Checkpoint = folder.File("checkpoint") };
        Run(options);

        InvalidDataException refusal = Assert.Throws<InvalidDataException>(() => Run(options with { LearningRate = 0.5 }));

        Assert.StartsWith(folder.File("checkpoint"), refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(15, "Heads")]
    [InlineData(0, "HiddenSize")]
    public void A_setting_out_of_range_is_named(int hidden, string setting)
    {
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => Run(Options("unused", steps: 1) with { HiddenSize = hidden }));

        Assert.StartsWith($"{setting} is ", refusal.Message, StringComparison.Ordinal);
    }

    private static PretrainingProgress Run(PretrainingOptions options) =>
        EdgeFlora.Learning.Pretraining.Pretraining.Run(options, Sentences(), Source, null, TestContext.Current.CancellationToken);

    private static PretrainingOptions Options(string output, int steps) => new()
    {
        Output = output,
        Steps = steps,
        BatchSize = 64,
        LearningRate = 0.01,
        VocabularySize = 200,
        HiddenSize = 16,
        Layers = 1,
        Heads = 2,
        MaxTokens = 16,
        SaveEvery = 1000,
    };

    /// <summary>Each sentence repeats one of ten words: whoever sees the rest knows the masked one.</summary>
    private static string[] Sentences()
    {
        string[] words = ["red", "green", "blue", "grey", "cat", "dog", "cow", "hen", "one", "two"];
        var random = new SeededRandom(8);
        return [.. Enumerable.Range(0, 400).Select(_ => string.Join(' ', Enumerable.Repeat(words[random.NextInt(10)], 3 + random.NextInt(6))))];
    }

    private sealed class StopAt(int step, CancellationTokenSource stop) : IProgress<PretrainingProgress>
    {
        public void Report(PretrainingProgress value)
        {
            if (value.Step >= step)
            {
                stop.Cancel();
            }
        }
    }
}
