using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Portable;

public sealed class PortableLanguageTuningTests
{
    private static readonly BaseModel Model = TinyDecoder.Load("llama");

    private static readonly TrainingPlan Plan = new()
    {
        Steps = 120,
        BatchSize = 16,
        LearningRate = 0.02,
        WarmupFraction = 0.05,
        Schedule = RateSchedule.Linear,
        MaxTokens = 12,
        Seed = 3,
    };

    [Fact]
    public void A_simple_order_of_words_is_learnt()
    {
        using ILanguageTuning tuning = Start(Plan);
        LanguageMetrics before = tuning.Evaluate(Texts(seed: 2), CancellationToken.None);

        Run(tuning, Plan.Steps);

        LanguageMetrics after = tuning.Evaluate(Texts(seed: 2), CancellationToken.None);

        // The first word is one of sixteen by chance, the other words and the end follow from it: ln 16 over six tokens is the least.
        Assert.InRange(after.Loss, Math.Log(16) / 6 * 0.95, 0.5 * before.Loss);
        Assert.Equal(after.Loss * after.Tokens / Math.Log(2) / Texts(seed: 2).Sum(text => text.Bytes), after.BitsPerByte, 1e-9);
        Assert.Equal(Math.Exp(after.Loss), after.Perplexity);
    }

    [Fact]
    public void What_is_given_takes_no_part_in_the_loss()
    {
        // Two texts alike but for the first token, which the second one's loss must not depend on when it is given.
        int[] ids = [0, 5, 13, 17, 4];
        LanguageSequence masked = new(ids, FirstTarget: 3, Bytes: 1);
        using ILanguageTuning tuning = Start(Plan);

        LanguageMetrics all = tuning.Evaluate([new LanguageSequence(ids, 1, 1)], CancellationToken.None);
        LanguageMetrics given = tuning.Evaluate([new LanguageSequence(ids[..3], 1, 1)], CancellationToken.None);
        LanguageMetrics rest = tuning.Evaluate([masked], CancellationToken.None);

        Assert.Equal((4, 2, 2), (all.Tokens, given.Tokens, rest.Tokens));

        // The same numbers in two sums, by products of other sizes: a few roundings of single precision.
        Assert.Equal(all.Loss * 4, (given.Loss * 2) + (rest.Loss * 2), 1e-5);
    }

    [Fact]
    public void Training_on_completions_leaves_the_prediction_of_prompts_nearly_as_it_was()
    {
        List<LanguageSequence> completions = [.. Texts(seed: 1).Select(text => text with { FirstTarget = text.Ids.Length - 1 })];
        List<LanguageSequence> whole = [.. Texts(seed: 1)];
        using ILanguageTuning masked = new PortableEngine().StartLanguage(Model, Adapter(Model), completions, Plan);
        using ILanguageTuning plain = new PortableEngine().StartLanguage(Model, Adapter(Model), whole, Plan);

        double before = masked.Evaluate(completions, CancellationToken.None).Loss;
        Run(masked, 60);
        Run(plain, 60);

        // Only the ending token was to be learnt: that goes better, the words do not.
        List<LanguageSequence> words = [.. Texts(seed: 2).Select(text => new LanguageSequence(text.Ids[..^1], 1, 1))];
        Assert.InRange(masked.Evaluate(completions, CancellationToken.None).Loss, 0, 0.5 * before);
        Assert.True(masked.Evaluate(words, CancellationToken.None).Loss > plain.Evaluate(words, CancellationToken.None).Loss + 0.5);
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        // Forty times the batch makes several shards.
        TrainingPlan plan = Plan with { BatchSize = 640 };
        float[] expected = Trained(plan with { Threads = 1 });

        Assert.Equal(expected, Trained(plan with { Threads = 2 }));
        Assert.Equal(expected, Trained(plan with { Threads = 3 }));
    }

    [Fact]
    public void An_interrupted_training_ends_with_the_bits_of_an_uninterrupted_one()
    {
        using ILanguageTuning whole = Start(Plan);
        Run(whole, 12);
        using var checkpoint = new MemoryStream();
        using (ILanguageTuning first = Start(Plan))
        {
            Run(first, 7);
            first.Save(checkpoint);
        }

        checkpoint.Position = 0;
        using ILanguageTuning second = Start(Plan);
        second.Restore(checkpoint);
        Run(second, 5);

        Assert.Equal(Values(whole.Snapshot()), Values(second.Snapshot()));
    }

    [Fact]
    public void A_checkpoint_of_the_same_tokens_with_other_prompts_is_refused()
    {
        using var stream = new MemoryStream();
        using ILanguageTuning tuning = Start(Plan);
        tuning.Save(stream);
        stream.Position = 0;
        using ILanguageTuning other = new PortableEngine().StartLanguage(
            Model, Adapter(Model), [.. Texts(seed: 1).Select(text => text with { FirstTarget = 2 })], Plan);

        Assert.Throws<InvalidDataException>(() => other.Restore(stream));
    }

    [Fact]
    public void Frozen_weights_keep_their_bits()
    {
        float[][] before = [.. Model.Network.Layout.Parameters.Select(parameter => Model.Weight(parameter).ToArray())];
        using ILanguageTuning tuning = Start(Plan);

        Run(tuning, 5);

        Assert.Equal(before, Model.Network.Layout.Parameters.Select(parameter => Model.Weight(parameter).ToArray()));
    }

    [Fact]
    public void Embeddings_that_are_saved_are_trained_in_full()
    {
        BaseModel model = TinyDecoder.Load("llama-interleaved");
        Parameter words = model.Network.Layout.Parameters[0];
        LoraAdapter factors = Adapter(model);
        var adapter = new LoraAdapter(
            factors.Settings with { ModulesToSave = ["embed_tokens"] },
            factors.Modules,
            [KeyValuePair.Create(words.Name, new DenseTensor([.. words.Shape], model.Weight(words).ToArray()))]);
        using ILanguageTuning tuning = new PortableEngine().StartLanguage(model, adapter, Texts(seed: 1), Plan);

        Run(tuning, 2);

        // Tied: the row of a word that no text reads is trained too, by the scores it gets.
        float[] after = tuning.Snapshot().Saved[words.Name].Values;
        Assert.NotEqual(model.Weight(words).ToArray()[(16 * 2)..(16 * 3)], after[(16 * 2)..(16 * 3)]);
    }

    [Fact]
    public void A_step_whose_shapes_have_been_seen_allocates_nothing()
    {
        // One batch is one epoch of always the same examples; each epoch's order takes one generator, measured apart.
        List<LanguageSequence> texts = Texts(seed: 1);
        TrainingPlan plan = Plan with { BatchSize = texts.Count };
        using ILanguageTuning tuning = new PortableEngine().StartLanguage(Model, Adapter(Model), texts, plan);
        Run(tuning, 5);
        int[] drawn = new int[texts.Count];
        var order = new BatchOrder(texts.Count, plan.Seed);
        order.Fill(0, drawn);

        long ofOrder = Allocation.Least(epoch => order.Fill(epoch, drawn));
        long ofStep = Allocation.Least(_ => tuning.TrainStep());

        Assert.Equal(ofOrder, ofStep);
    }

    [Fact]
    public void What_cannot_be_trained_on_is_refused()
    {
        var engine = new PortableEngine();
        LanguageSequence good = Texts(seed: 1)[0];

        AssertRefused("predicts no tokens", () => engine.StartLanguage(TinyBert.Load(), new LoraAdapter(Adapter(Model).Settings, []), [], Plan));
        AssertRefused(
            "predicts no tokens",
            () => engine.StartLanguage(TinyDecoder.Load("llama", change: t => t.Remove("lm_head.weight")), Adapter(Model), [], Plan));
        AssertRefused("LogitAdjustment is 1", () => engine.StartLanguage(Model, Adapter(Model), [], Plan with { LogitAdjustment = 1 }));
        AssertRefused("Text 2 has token 21", () => engine.StartLanguage(Model, Adapter(Model), [good, new LanguageSequence([0, 21], 1, 1)], Plan));
        AssertRefused("Text 1 has 14 tokens", () => engine.StartLanguage(Model, Adapter(Model), [new LanguageSequence(new int[14], 1, 1)], Plan));
        AssertRefused("predicts those from 2 on", () => engine.StartLanguage(Model, Adapter(Model), [new LanguageSequence(new int[2], 2, 1)], Plan));
        AssertRefused("predicts those from 0 on", () => engine.StartLanguage(Model, Adapter(Model), [new LanguageSequence(new int[2], 0, 1)], Plan));
    }

    private static void AssertRefused(string expected, Action start) =>
        Assert.Contains(expected, Assert.Throws<ArgumentException>(start).Message, StringComparison.Ordinal);

    private static ILanguageTuning Start(TrainingPlan plan) => new PortableEngine().StartLanguage(Model, Adapter(Model), Texts(seed: 1), plan);

    private static void Run(ILanguageTuning tuning, int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            tuning.TrainStep();
        }
    }

    private static float[] Trained(TrainingPlan plan)
    {
        using ILanguageTuning tuning = Start(plan);
        Run(tuning, 3);
        return [.. Values(tuning.Snapshot()), (float)tuning.Evaluate(Texts(seed: 2), CancellationToken.None).Loss];
    }

    private static float[] Values(LoraAdapter adapter) =>
        [.. adapter.Modules.Values.SelectMany(factors => factors.A.Values.ToArray().Concat(factors.B.Values.ToArray()))];

    /// <summary>A word and its four successors in the vocabulary, which begins again after the last.</summary>
    private static List<LanguageSequence> Texts(ulong seed)
    {
        var random = new SeededRandom(seed);
        var texts = new List<LanguageSequence>();
        for (int i = 0; i < 200; i++)
        {
            int first = random.NextInt(16);
            int[] words = [.. Enumerable.Range(first, 5).Select(word => 5 + (word % 16))];
            texts.Add(new LanguageSequence([0, .. words, 4], 1, words.Sum(word => 1.0 + TinyBert.Words[word - 5].Length)));
        }

        return texts;
    }

    internal static LoraAdapter Adapter(BaseModel model)
    {
        var random = new SeededRandom(9);
        return new LoraAdapter(
            new LoraSettings { Rank = 4, Alpha = 8, TargetModules = ["q_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] },
            from layer in model.Network.Layout.Linears
            where !layer.Name.EndsWith("k_proj", StringComparison.Ordinal) && layer.Name != "lm_head"
            select KeyValuePair.Create(
                layer.Name,
                new LoraFactors(
                    new Matrix(4, layer.Inputs, [.. Enumerable.Range(0, 4 * layer.Inputs).Select(_ => (float)(0.3 * random.NextGaussian()))]),
                    new Matrix(layer.Outputs, 4))));
    }
}
