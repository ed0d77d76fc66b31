using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Portable;

/// <summary>Classification of pairs, from a file to a trained adapter.</summary>
public sealed class PairTrainingTests
{
    private static readonly TrainingPlan Plan = new()
    {
        Steps = 300,
        BatchSize = 32,
        LearningRate = 0.003,
        WarmupFraction = 0.1,
        MaxTokens = 12,
        Seed = 3,
    };

    [Theory]
    [InlineData("bert", "query,key,value,dense")]
    [InlineData("roberta", "query,key,value,dense")]
    [InlineData("distilbert", "q_lin,k_lin,v_lin,out_lin,lin1,lin2")]
    [InlineData("use-lite", "qkv,output,up,down,residual")]
    public void A_rule_that_needs_both_texts_is_learnt(string family, string targets)
    {
        using var folder = new TemporaryFolder();
        TinyFolder.Write(folder.Path, family);
        BaseModel model = BaseModel.Load(folder.Path);
        using var files = BaseModelFolder.Open(folder.Path);
        LoraAdapter first = files.FirstAdapter(new LoraSettings { Rank = 8, Alpha = 16, TargetModules = targets.Split(',') }, labels: 2, seed: 1);
        LabelledDataSet training = Read(folder, "train.jsonl", seed: 1);
        using IFineTuning tuning = new PortableEngine().Start(model, first, training.Labels, training.Examples, Plan);

        for (int i = 0; i < Plan.Steps; i++)
        {
            tuning.TrainStep();
        }

        // Either text alone says nothing: each of its words stands under both labels equally often.
        IReadOnlyList<Example> unseen = Read(folder, "test.jsonl", seed: 2).Examples;
        Assert.InRange(tuning.Evaluate(unseen, CancellationToken.None).Accuracy, 0.9, 1);
        Assert.InRange(tuning.Evaluate([.. unseen.Select(example => example with { TextPair = "runs" })], CancellationToken.None).Accuracy, 0.3, 0.7);
    }

    [Fact]
    public void Token_types_tell_the_texts_apart_where_the_model_has_them()
    {
        BaseModel model = TinyFolder.Load("bert");
        int[] ids = model.Tokenizer.Encode("red cat", "two", 12, out int second);

        Assert.Equal([2, 5, 13, 3, 10, 3], ids);
        Assert.Equal(4, second);
        Assert.NotEqual(Probabilities(model, ids, secondSegment: 4), Probabilities(model, ids, secondSegment: 6));
    }

    [Theory]
    [InlineData("roberta", new[] { 0, 5, 13, 2, 2, 10, 2 })]
    [InlineData("distilbert", new[] { 2, 5, 13, 3, 10, 3 })]
    [InlineData("use-lite", new[] { 6, 14, 2, 11 })]
    public void Separators_alone_tell_them_apart_elsewhere(string family, int[] expected)
    {
        BaseModel model = TinyFolder.Load(family);
        int[] ids = model.Tokenizer.Encode("red cat", "two", 12, out int second);

        Assert.Equal(expected, ids);
        Assert.Equal(Probabilities(model, ids, secondSegment: ids.Length), Probabilities(model, ids, second));
    }

    [Theory]
    [InlineData("bert", 3, 4, 5)]
    [InlineData("roberta", 4, 4, 4)]
    [InlineData("distilbert", 3, 4, 5)]
    [InlineData("use-lite", 1, 5, 6)]
    public void Of_a_pair_that_is_too_long_the_longer_text_is_cut(string family, int special, int keptOfBoth, int keptOfLonger)
    {
        var tokens = new PairCount(TinyFolder.Load(family), Special: special);
        string shorter = string.Join(' ', Enumerable.Repeat("red", 12 - special - keptOfLonger));
        string longer = string.Join(' ', Enumerable.Repeat("cat", 40));

        Assert.Equal((12 - special - keptOfLonger, keptOfLonger), tokens.Count(shorter, longer));
        Assert.Equal((keptOfLonger, 12 - special - keptOfLonger), tokens.Count(longer, shorter));
        Assert.Equal((12 - special - keptOfBoth, keptOfBoth), tokens.Count(longer.Replace("cat", "red", StringComparison.Ordinal), longer));
    }

    private static float[] Probabilities(BaseModel model, int[] ids, int secondSegment)
    {
        var weights = new Weights();
        foreach (Parameter parameter in model.Network.Layout.Parameters)
        {
            weights.Freeze(parameter, model.Weight(parameter));
        }

        var batch = new TokenBatch();
        batch.Add(ids, secondSegment);
        var tape = new Tape(weights, 0);
        tape.Start(training: false);
        return model.Network.Encode(tape, batch).Value.ToArray();
    }

    /// <summary>A colour beside a number. Red and green go with one and two, blue and grey with three and four; the label says whether they do.</summary>
    private static LabelledDataSet Read(TemporaryFolder folder, string name, ulong seed)
    {
        var random = new SeededRandom(seed);
        IEnumerable<string> rows = Enumerable.Range(0, 512).Select(_ =>
        {
            (int colour, int number) = (random.NextInt(4), random.NextInt(4));
            string label = colour / 2 == number / 2 ? "agree" : "differ";
            return $$"""{"text": "{{TinyBert.Words[colour]}}", "text_pair": "{{TinyBert.Words[4 + number]}}", "label": "{{label}}"}""";
        });
        File.WriteAllLines(folder.File(name), rows);
        return LabelledDataSet.Read(folder.File(name), labels: ["agree", "differ"]);
    }

    private sealed record PairCount(BaseModel Model, int Special)
    {
        /// <summary>Tokens kept of either text, which are told apart by their first words.</summary>
        public (int First, int Second) Count(string first, string second)
        {
            int[] ids = Model.Tokenizer.Encode(first, second, 12);
            int red = Model.Tokenizer.Encode("red", null, 12).Except(Model.Tokenizer.Encode("dog", null, 12)).Single();
            int cat = Model.Tokenizer.Encode("cat", null, 12).Except(Model.Tokenizer.Encode("dog", null, 12)).Single();
            Assert.Equal(12, ids.Length);
            Assert.Equal(Special, ids.Count(id => id != red && id != cat));
            int reds = ids.Count(id => id == red);
            int cats = ids.Count(id => id == cat);
            return first.StartsWith("red", StringComparison.Ordinal) ? (reds, cats) : (cats, reds);
        }
    }
}
