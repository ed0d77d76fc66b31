using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Portable;

/// <summary>What holds for every variant of adapter.</summary>
public sealed class VariantTests
{
    [Theory]
    [MemberData(nameof(Variants))]
    public void An_untrained_adapter_leaves_the_models_output_as_it_is(AdapterVariant variant)
    {
        LoraAdapter head = TinyTask.Trained(AdapterVariant.Lora);
        LoraAdapter fresh = TinyTask.Adapter(variant);
        var adapted = new LoraAdapter(
            fresh.Settings, fresh.Modules, fresh.Saved.Where(s => !s.Key.StartsWith("classifier", StringComparison.Ordinal)).Concat(head.Saved));
        var none = new LoraAdapter(head.Settings, [], head.Saved);

        IEnumerable<float> expected = TinyTask.Predict(TinyTask.Model, none).SelectMany(row => row);
        IEnumerable<float> actual = TinyTask.Predict(TinyTask.Model, adapted).SelectMany(row => row);

        // The adapted weights equal the base's to the bit; DoRA adds the bias after the product and not before, which rounds anew: some roundings of
        // 6e-8 for each of 13 layers.
        double tolerance = variant == AdapterVariant.Dora ? 2e-6 : 0;
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, tolerance));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Training_learns_changes_every_trained_tensor_and_no_bit_of_the_base(AdapterVariant variant)
    {
        float[][] before = [.. TinyTask.Model.Network.Layout.Parameters.Select(parameter => TinyTask.Model.Weight(parameter).ToArray())];
        LoraAdapter start = TinyTask.Adapter(variant);
        using IFineTuning tuning = TinyTask.Start(start, TinyTask.Plan with { Steps = 60, LearningRate = 0.02 });
        ClassificationMetrics first = tuning.Evaluate(TinyTask.Examples(seed: 2), CancellationToken.None);

        TinyTask.Run(tuning, 60);

        LoraAdapter trained = tuning.Snapshot();
        Assert.Equal(before, TinyTask.Model.Network.Layout.Parameters.Select(parameter => TinyTask.Model.Weight(parameter).ToArray()));
        Assert.InRange(tuning.Evaluate(TinyTask.Examples(seed: 2), CancellationToken.None).Loss, 0, 0.7 * first.Loss);
        Assert.All(start.Modules, module => Assert.NotEqual(module.Value.A.Values.ToArray(), trained.Modules[module.Key].A.Values.ToArray()));
        Assert.All(start.Modules, module => Assert.NotEqual(module.Value.B.Values.ToArray(), trained.Modules[module.Key].B.Values.ToArray()));
        Assert.All(start.Saved, tensor => Assert.NotEqual(tensor.Value.Values, trained.Saved[tensor.Key].Values));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Factors_that_are_frozen_keep_their_bits_while_the_others_learn(AdapterVariant variant)
    {
        LoraAdapter start = TinyTask.Trained(variant);
        string[] modules = [.. start.Modules.Keys];
        var frozen = new FrozenFactors(a: modules[..^1], b: modules[1..]); // the first B and the last A train
        using IFineTuning tuning = TinyTask.Start(start, TinyTask.Plan with { Frozen = frozen });

        TinyTask.Run(tuning, 3);

        LoraAdapter trained = tuning.Snapshot();
        Assert.Null(frozen.FirstChange(start, trained));
        Assert.NotEqual(start.Modules[modules[0]].B.Values.ToArray(), trained.Modules[modules[0]].B.Values.ToArray());
        Assert.NotEqual(start.Modules[modules[^1]].A.Values.ToArray(), trained.Modules[modules[^1]].A.Values.ToArray());
    }

    [Theory]
    [MemberData(nameof(VariantsAndOptimisers))]
    public void An_interrupted_training_ends_with_the_bits_of_an_uninterrupted_one(AdapterVariant variant, OptimiserKind optimiser, bool nesterov)
    {
        TrainingPlan plan = TinyTask.Plan with { Optimiser = optimiser, Nesterov = nesterov, Accumulate = 2 };
        using IFineTuning whole = TinyTask.Start(TinyTask.Adapter(variant), plan);
        TinyTask.Run(whole, 9);
        using var checkpoint = new MemoryStream();
        using (IFineTuning first = TinyTask.Start(TinyTask.Adapter(variant), plan))
        {
            TinyTask.Run(first, 4);
            first.Save(checkpoint);
        }

        checkpoint.Position = 0;
        using IFineTuning second = TinyTask.Start(TinyTask.Adapter(variant), plan);
        second.Restore(checkpoint);
        TinyTask.Run(second, 5);

        Assert.Equal(TinyTask.Values(whole.Snapshot()), TinyTask.Values(second.Snapshot()));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Any_number_of_threads_gives_the_same_bits(AdapterVariant variant)
    {
        // Large enough for several shards, more than there are threads.
        float[] Values(int threads)
        {
            using IFineTuning tuning = TinyTask.Start(TinyTask.Adapter(variant), TinyTask.Plan with { BatchSize = 600, Threads = threads });
            TinyTask.Run(tuning, 3);
            return TinyTask.Values(tuning.Snapshot());
        }

        float[] expected = Values(1);

        Assert.Equal(expected, Values(2));
        Assert.Equal(expected, Values(3));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Batches_summed_give_the_bits_of_one_batch_as_large(AdapterVariant variant)
    {
        using IFineTuning large = TinyTask.Start(TinyTask.Adapter(variant), TinyTask.Plan with { BatchSize = 240 });
        using IFineTuning summed = TinyTask.Start(TinyTask.Adapter(variant), TinyTask.Plan with { BatchSize = 60, Accumulate = 4 });

        TinyTask.Run(large, 3);
        TinyTask.Run(summed, 3);

        Assert.Equal(TinyTask.Values(large.Snapshot()), TinyTask.Values(summed.Snapshot()));
        Assert.Equal(large.TrainedTokens, summed.TrainedTokens);
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_PEFT_folder_brings_back_every_bit_and_every_prediction(AdapterVariant variant)
    {
        using var folder = new TemporaryFolder();
        LoraAdapter trained = TinyTask.Trained(variant);
        string path = Path.Combine(folder.Path, "adapter");

        PeftFolder.Write(path, trained, "tiny", "SEQ_CLS", labels: TinyTask.Labels);
        LoraAdapter read = PeftFolder.Read(path);

        Assert.Equal(TinyTask.Values(trained), TinyTask.Values(read));
        Assert.Null(AdapterShape.Of(read).DifferenceFrom(AdapterShape.Of(trained)));
        Assert.Equal(TinyTask.Predict(TinyTask.Model, trained), TinyTask.Predict(TinyTask.Model, read));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_step_whose_shapes_have_been_seen_allocates_nothing(AdapterVariant variant)
    {
        // One batch is one epoch of always the same examples; each epoch's order takes one generator, measured apart.
        int examples = TinyTask.Examples(seed: 1).Count;
        TrainingPlan plan = TinyTask.Plan with { BatchSize = examples, Optimiser = OptimiserKind.Sgd };
        using IFineTuning tuning = TinyTask.Start(TinyTask.Adapter(variant), plan);
        TinyTask.Run(tuning, 5);
        int[] drawn = new int[examples];
        var order = new BatchOrder(examples, plan.Seed);
        order.Fill(0, drawn);

        long ofOrder = Allocation.Least(epoch => order.Fill(epoch, drawn));
        long ofStep = Allocation.Least(_ => tuning.TrainStep());

        Assert.Equal(ofOrder, ofStep);
    }

    [Fact]
    public void A_row_of_zeros_in_the_base_makes_no_NaN_under_DoRA()
    {
        const string Module = "bert.encoder.layer.0.attention.self.query";
        using var folder = new TemporaryFolder();
        TinyBert.Write(folder.Path, change: tensors =>
        {
            float[] values = tensors[$"{Module}.weight"].Values.ToArray();
            Array.Clear(values, 0, 16);
            tensors[$"{Module}.weight"] = tensors[$"{Module}.weight"] with { Values = values };
        });
        BaseModel model = BaseModel.Load(folder.Path);
        LoraAdapter adapter = TinyTask.Adapter(folder.Path, AdapterVariant.Dora, "query");
        using IFineTuning tuning = new PortableEngine().Start(model, adapter, TinyTask.Labels, TinyTask.Examples(seed: 1), TinyTask.Plan);

        TinyTask.Run(tuning, 3);

        Assert.Equal(0, adapter.Saved[Module + ModuleNames.MagnitudeSuffix].Values[0]);
        Assert.All(TinyTask.Values(tuning.Snapshot()), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void A_DoRA_adapter_without_a_magnitude_is_refused_with_its_name()
    {
        LoraAdapter adapter = TinyTask.Adapter(AdapterVariant.Dora);
        string name = "bert.encoder.layer.1.attention.self.value" + ModuleNames.MagnitudeSuffix;
        var lacking = new LoraAdapter(adapter.Settings, adapter.Modules, adapter.Saved.Where(saved => saved.Key != name));

        ArgumentException refusal = Assert.Throws<ArgumentException>(() => TinyTask.Start(lacking, TinyTask.Plan));

        Assert.Contains($"has no tensor {name} [16]", refusal.Message, StringComparison.Ordinal);
    }

    public static TheoryData<AdapterVariant> Variants => [.. Enum.GetValues<AdapterVariant>()];

    public static TheoryData<AdapterVariant, OptimiserKind, bool> VariantsAndOptimisers
    {
        get
        {
            var data = new TheoryData<AdapterVariant, OptimiserKind, bool>();
            foreach (AdapterVariant variant in Enum.GetValues<AdapterVariant>())
            {
                data.Add(variant, OptimiserKind.AdamW, false);
                data.Add(variant, OptimiserKind.Sgd, false);
                data.Add(variant, OptimiserKind.Sgd, true);
            }

            return data;
        }
    }
}
