using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Portable;

public sealed class PortableFineTuningTests
{
    private static readonly string[] Labels = ["colour", "number", "animal", "verb"];
    private static readonly BaseModel Model = TinyBert.Load();

    private static readonly TrainingPlan Plan = new()
    {
        Steps = 100,
        BatchSize = 48,
        LearningRate = 0.02,
        WeightDecay = 0.01,
        WarmupFraction = 0.1,
        Schedule = RateSchedule.Linear,
        MaxTokens = 12,
        Seed = 3,
    };

    [Fact]
    public void A_simple_task_is_learnt()
    {
        using IFineTuning tuning = Start(Plan);
        ClassificationMetrics before = tuning.Evaluate(Examples(seed: 2), CancellationToken.None);

        Run(tuning, Plan.Steps);

        ClassificationMetrics after = tuning.Evaluate(Examples(seed: 2), CancellationToken.None);
        Assert.Equal(Math.Log(4), before.Loss, tolerance: 1e-6); // The head starts at zero: all labels are equally likely.
        // Sixteen words in sixteen dimensions at five lengths: not all can be told apart by an adapter of rank 2.
        Assert.InRange(after.Accuracy, 0.8, 1);
        Assert.InRange(after.Loss, 0, 0.5 * before.Loss);
    }

    [Fact]
    public void With_logit_adjustment_labels_without_examples_keep_their_rows_of_the_head()
    {
        List<Example> two = [.. Examples(seed: 1).Where(example => example.Label < 2)];
        using IFineTuning plain = new PortableEngine().Start(Model, Adapter(), Labels, two, Plan with { WeightDecay = 0 });
        using IFineTuning adjusted = new PortableEngine().Start(Model, Adapter(), Labels, two, Plan with { WeightDecay = 0, LogitAdjustment = 1 });

        Run(plain, 5);
        Run(adjusted, 5);

        Assert.All(plain.Snapshot().Saved["classifier.bias"].Values[2..], value => Assert.NotEqual(0, value));
        Assert.All(adjusted.Snapshot().Saved["classifier.bias"].Values[2..], value => Assert.Equal(0, value));
        Assert.All(adjusted.Snapshot().Saved["classifier.bias"].Values[..2], value => Assert.NotEqual(0, value));
    }

    [Fact]
    public void With_logit_adjustment_a_rare_label_is_guessed_about_as_often_as_a_frequent_one_where_the_text_says_nothing()
    {
        // The same text under two labels, nine to one: all there is to learn is how frequent they are.
        List<Example> uneven = [.. Enumerable.Range(0, 40).Select(i => new Example(Examples(seed: 1)[0].Text, null, i % 10 == 0 ? 1 : 0))];
        using IFineTuning plain = new PortableEngine().Start(Model, Adapter(), Labels, uneven, Plan with { BatchSize = 40 });
        using IFineTuning adjusted = new PortableEngine().Start(Model, Adapter(), Labels, uneven, Plan with { BatchSize = 40, LogitAdjustment = 1 });

        Run(plain, 60);
        Run(adjusted, 60);

        float[] learnt = plain.Predict(uneven[..1], CancellationToken.None)[0];
        float[] corrected = adjusted.Predict(uneven[..1], CancellationToken.None)[0];
        Assert.InRange(learnt[1] / learnt[0], 0, 0.25);
        Assert.InRange(corrected[1] / corrected[0], 0.8, 1.25);
    }

    [Fact]
    public void Frozen_weights_keep_their_bits()
    {
        float[][] before = [.. Model.Network.Layout.Parameters.Select(parameter => Model.Weight(parameter).ToArray())];
        using IFineTuning tuning = Start(Plan);

        Run(tuning, 5);

        Assert.Equal(before, Model.Network.Layout.Parameters.Select(parameter => Model.Weight(parameter).ToArray()));
    }

    [Fact]
    public void The_adapter_given_is_copied_and_not_changed()
    {
        LoraAdapter adapter = Adapter();
        float[] before = Values(adapter);
        using IFineTuning tuning = new PortableEngine().Start(Model, adapter, Labels, Examples(seed: 1), Plan);

        Run(tuning, 3);

        Assert.Equal(before, Values(adapter));
        Assert.NotEqual(before, Values(tuning.Snapshot()));
    }

    [Fact]
    public void Factors_B_of_zero_leave_the_probabilities_as_they_are()
    {
        LoraAdapter head = Adapter(headScale: 1);
        LoraAdapter none = new(head.Settings, [], head.Saved);
        IReadOnlyList<Example> examples = Examples(seed: 2);
        using IFineTuning adapted = new PortableEngine().Start(Model, head, Labels, [], Plan);
        using IFineTuning plain = new PortableEngine().Start(Model, none, Labels, [], Plan);

        Assert.Equal(plain.Predict(examples, CancellationToken.None), adapted.Predict(examples, CancellationToken.None));
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        // Sixteen times the batch makes several shards, more than there are threads.
        TrainingPlan plan = Plan with { BatchSize = 600 };
        float[] expected = Trained(plan with { Threads = 1 });

        Assert.Equal(expected, Trained(plan with { Threads = 2 }));
        Assert.Equal(expected, Trained(plan with { Threads = 3 }));
    }

    [Fact]
    public void An_interrupted_training_ends_with_the_bits_of_an_uninterrupted_one()
    {
        using IFineTuning whole = Start(Plan);
        Run(whole, 12);
        using var checkpoint = new MemoryStream();
        using (IFineTuning first = Start(Plan))
        {
            Run(first, 7);
            first.Save(checkpoint);
        }

        checkpoint.Position = 0;
        using IFineTuning second = Start(Plan);
        second.Restore(checkpoint);
        Run(second, 5);

        Assert.Equal(12, second.Step);
        Assert.Equal(Values(whole.Snapshot()), Values(second.Snapshot()));
    }

    [Fact]
    public void A_checkpoint_with_a_flipped_bit_or_a_missing_byte_is_refused_and_changes_nothing()
    {
        using var stream = new MemoryStream();
        using IFineTuning tuning = Start(Plan);
        Run(tuning, 2);
        tuning.Save(stream);
        float[] before = Values(tuning.Snapshot());

        byte[] flipped = stream.ToArray();
        flipped[flipped.Length / 2] ^= 1;

        Assert.Contains(
            "damaged", Assert.Throws<InvalidDataException>(() => tuning.Restore(new MemoryStream(flipped))).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => tuning.Restore(new MemoryStream(stream.ToArray()[..^1])));
        Assert.Throws<InvalidDataException>(() => tuning.Restore(new MemoryStream([.. stream.ToArray(), 0])));
        Assert.Equal(before, Values(tuning.Snapshot()));
        Assert.Equal(2, tuning.Step);
    }

    [Fact]
    public void A_checkpoint_of_another_plan_is_refused()
    {
        using var stream = new MemoryStream();
        using IFineTuning tuning = Start(Plan);
        tuning.Save(stream);
        stream.Position = 0;
        using IFineTuning other = Start(Plan with { LearningRate = 0.01 });

        Assert.Contains("another task", Assert.Throws<InvalidDataException>(() => other.Restore(stream)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_training_that_leaves_the_finite_numbers_stops_with_its_step()
    {
        using IFineTuning tuning = Start(Plan with { LearningRate = 1e30, WarmupFraction = 0 });

        TrainingDivergedException failure = Assert.Throws<TrainingDivergedException>(() => Run(tuning, 10));

        Assert.StartsWith("Step ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_of_another_model_is_refused_with_both_shapes()
    {
        LoraAdapter adapter = Adapter();
        var wrong = new LoraAdapter(
            adapter.Settings,
            [KeyValuePair.Create("bert.encoder.layer.0.attention.self.query", new LoraFactors(new Matrix(2, 24), new Matrix(16, 2)))],
            adapter.Saved);

        ArgumentException refusal = Assert.Throws<ArgumentException>(() => new PortableEngine().Start(Model, wrong, Labels, [], Plan));

        Assert.Contains("layer.0.attention.self.query is [16×2]·[2×24]", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("[16×16]", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_example_with_an_unknown_label_is_refused() =>
        Assert.Throws<ArgumentException>(() => new PortableEngine().Start(Model, Adapter(), Labels, [new Example("red", null, 4)], Plan));

    [Fact]
    public void A_step_whose_shapes_have_been_seen_allocates_nothing()
    {
        // One batch is one epoch of always the same examples; each epoch's order takes one generator, measured apart.
        List<Example> examples = Examples(seed: 1);
        TrainingPlan plan = Plan with { BatchSize = examples.Count };
        using IFineTuning tuning = new PortableEngine().Start(Model, Adapter(), Labels, examples, plan);
        Run(tuning, 5);
        int[] drawn = new int[examples.Count];
        var order = new BatchOrder(examples.Count, plan.Seed);
        order.Fill(0, drawn);

        long ofOrder = Allocation.Least(epoch => order.Fill(epoch, drawn));
        long ofStep = Allocation.Least(_ => tuning.TrainStep());

        Assert.Equal(ofOrder, ofStep);
    }

    [Fact]
    public void A_pair_of_texts_that_cannot_be_told_apart_in_so_few_tokens_is_refused()
    {
        ArgumentException refusal = Assert.Throws<ArgumentException>(
            () => new PortableEngine().Start(Model, Adapter(), Labels, [new Example("red", "one", 0)], Plan with { MaxTokens = 4 }));

        Assert.StartsWith("Example 0 is a pair", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1.0, "BatchSize is 0")]
    [InlineData(8, double.NaN, "LearningRate is NaN")]
    [InlineData(8, -1.0, "LearningRate is -1")]
    public void A_plan_out_of_range_is_refused_with_setting_and_value(int batchSize, double rate, string expected) =>
        Assert.StartsWith(
            expected,
            Assert.Throws<ArgumentException>(() => Start(Plan with { BatchSize = batchSize, LearningRate = rate })).Message,
            StringComparison.Ordinal);

    private static IFineTuning Start(TrainingPlan plan) => new PortableEngine().Start(Model, Adapter(), Labels, Examples(seed: 1), plan);

    private static void Run(IFineTuning tuning, int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            tuning.TrainStep();
        }
    }

    private static float[] Trained(TrainingPlan plan)
    {
        using IFineTuning tuning = Start(plan);
        Run(tuning, 3);
        return [.. Values(tuning.Snapshot()), .. tuning.Predict(Examples(seed: 2), CancellationToken.None).SelectMany(row => row)];
    }

    private static float[] Values(LoraAdapter adapter) =>
    [
        .. adapter.Modules.Values.SelectMany(factors => factors.A.Values.ToArray().Concat(factors.B.Values.ToArray())),
        .. adapter.Saved.Values.SelectMany(tensor => tensor.Values),
    ];

    /// <summary>A word one to five times; its kind is the label.</summary>
    private static List<Example> Examples(ulong seed)
    {
        var random = new SeededRandom(seed);
        var examples = new List<Example>();
        for (int i = 0; i < 400; i++)
        {
            int kind = random.NextInt(4);
            string word = TinyBert.Words[(4 * kind) + random.NextInt(4)];
            examples.Add(new Example(string.Join(' ', Enumerable.Repeat(word, 1 + random.NextInt(5))), null, kind));
        }

        return examples;
    }

    private static LoraAdapter Adapter(float headScale = 0)
    {
        var random = new SeededRandom(9);
        float[] Numbers(int count, double scale) => [.. Enumerable.Range(0, count).Select(_ => (float)(scale * random.NextGaussian()))];
        int width = TinyBert.Config.HiddenSize;
        string[] modules = ["attention.self.query", "attention.self.value", "attention.output.dense"];
        return new LoraAdapter(
            new LoraSettings { Rank = 2, Alpha = 4, TargetModules = ["query", "value", "dense"], ModulesToSave = ["classifier"] },
            from layer in Enumerable.Range(0, TinyBert.Config.Layers)
            from module in modules
            select KeyValuePair.Create(
                $"bert.encoder.layer.{layer}.{module}", new LoraFactors(new Matrix(2, width, Numbers(2 * width, 0.3)), new Matrix(width, 2))),
            [
                KeyValuePair.Create("classifier.weight", new DenseTensor([4, width], Numbers(4 * width, headScale))),
                KeyValuePair.Create("classifier.bias", new DenseTensor([4], new float[4])),
            ]);
    }
}
