using EdgeFlora.Adapters;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Given;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Training;
using TorchSharp;

namespace EdgeFlora.Learning.Torch.Tests;

[Collection(TorchProcess.Name)]
public sealed class TorchFineTuningTests
{
    private static readonly string[] Attention = ["query", "value", "dense"];
    private static readonly BaseModel Model = TinyBert.Load();
    private static readonly TrainingPlan Plan = WordTask.Plan;

    // At the rate of Plan, which these small models learn fast by, twenty steps of AdamW let the last bits grow beyond 1e-4.
    private static readonly TrainingPlan Slow = Plan with { LearningRate = 0.003 };

    [TorchFact]
    public void The_loss_curve_is_the_portable_engines() => AssertSameCurve(Model, Attention, Slow);

    [TorchFact]
    public void The_loss_curve_is_the_portable_engines_with_a_pooler_and_every_layer_adapted() =>
        AssertSameCurve(TinyBert.Load(pooler: true), ["query", "key", "value", "dense"], Slow with { Seed = 5 });

    [TorchFact]
    public void The_loss_curve_is_the_portable_engines_with_clipping_and_logit_adjustment() =>
        AssertSameCurve(Model, ["query", "value"], Slow with { ClipNorm = 0.05, LogitAdjustment = 1 });

    [TorchFact]
    public void The_loss_curve_is_the_portable_engines_with_a_proximal_term() =>
        AssertSameCurve(Model, ["query", "value"], Slow with { Proximal = 0.5 });

    [TorchFact]
    public void The_loss_curve_is_the_portable_engines_with_steps_corrected() =>
        AssertSameCurve(Model, ["query", "value"], Slow with { Correction = WordTask.Adapter(Model, ["query", "value"], headScale: 0.1f) });

    [TorchFact]
    public void A_task_is_learnt_and_measured_as_by_the_portable_engine()
    {
        using IFineTuning torch = Start(Plan);
        using IFineTuning portable = Portable(Model, Attention, Plan);

        WordTask.Losses(torch, Plan.Steps);
        WordTask.Losses(portable, Plan.Steps);

        ClassificationMetrics here = torch.Evaluate(WordTask.Examples(seed: 2), CancellationToken.None);
        ClassificationMetrics there = portable.Evaluate(WordTask.Examples(seed: 2), CancellationToken.None);
        Assert.InRange(here.Accuracy, 0.6, 1);
        Assert.Equal(there.Loss, here.Loss, tolerance: 0.05); // forty steps let the last bits grow; the start lies at ln 4 = 1.39
    }

    [TorchFact]
    public void Probabilities_are_the_portable_engines_whatever_the_lengths()
    {
        LoraAdapter head = WordTask.Adapter(Model, Attention, headScale: 1);
        List<Example> examples = WordTask.Examples(seed: 2);
        using IFineTuning torch = Engine().Start(Model, head, WordTask.Labels, [], Plan);
        using IFineTuning portable = new PortableEngine().Start(Model, head, WordTask.Labels, [], Plan);

        float[] here = [.. torch.Predict(examples, CancellationToken.None).SelectMany(row => row)];
        float[] there = [.. portable.Predict(examples, CancellationToken.None).SelectMany(row => row)];

        // Two layers of some hundred operations each round at 6e-8 a value.
        Assert.All(here.Zip(there), pair => Assert.Equal(pair.Second, pair.First, tolerance: 2e-5f));
    }

    [TorchFact]
    public void An_interrupted_training_ends_with_the_bits_of_an_uninterrupted_one()
    {
        using IFineTuning whole = Start(Plan);
        WordTask.Losses(whole, 9);
        using var checkpoint = new MemoryStream();
        using (IFineTuning first = Start(Plan))
        {
            WordTask.Losses(first, 5);
            first.Save(checkpoint);
        }

        checkpoint.Position = 0;
        using IFineTuning second = Start(Plan);
        second.Restore(checkpoint);
        WordTask.Losses(second, 4);

        Assert.Equal(9, second.Step);
        Assert.Equal(WordTask.Values(whole.Snapshot()), WordTask.Values(second.Snapshot()));
    }

    [TorchFact]
    public void A_checkpoint_of_the_portable_engine_is_refused()
    {
        using var checkpoint = new MemoryStream();
        using IFineTuning portable = Portable(Model, Attention, Plan);
        portable.Save(checkpoint);
        checkpoint.Position = 0;
        using IFineTuning torch = Start(Plan);

        Assert.Contains("another task", Assert.Throws<InvalidDataException>(() => torch.Restore(checkpoint)).Message, StringComparison.Ordinal);
    }

    [TorchFact]
    public void Frozen_weights_keep_their_bits()
    {
        float[][] before = [.. Model.Network.Layout.Parameters.Select(parameter => Model.Weight(parameter).ToArray())];
        using IFineTuning tuning = Start(Plan);

        WordTask.Losses(tuning, 3);

        Assert.Equal(before, Model.Network.Layout.Parameters.Select(parameter => Model.Weight(parameter).ToArray()));
    }

    [TorchFact]
    public void Steps_and_passes_leave_no_tensor_behind_and_the_end_leaves_none()
    {
        long before = torch.Tensor.TotalCount;
        IFineTuning tuning = Start(Plan);
        WordTask.Losses(tuning, 2);
        tuning.Predict(WordTask.Examples(seed: 2), CancellationToken.None);
        long settled = torch.Tensor.TotalCount;

        WordTask.Losses(tuning, 10);
        tuning.Predict(WordTask.Examples(seed: 2), CancellationToken.None);
        long after = torch.Tensor.TotalCount;
        tuning.Dispose();

        Assert.Equal(settled, after);
        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    [TorchFact]
    public void A_training_that_leaves_the_finite_numbers_stops_with_its_step()
    {
        using IFineTuning tuning = Start(Plan with { LearningRate = 1e30, WarmupFraction = 0 });

        TrainingDivergedException failure = Assert.Throws<TrainingDivergedException>(() => WordTask.Losses(tuning, 10));

        Assert.StartsWith("Step ", failure.Message, StringComparison.Ordinal);
    }

    [TorchFact]
    public void Measuring_can_be_cancelled()
    {
        using IFineTuning tuning = Start(Plan);

        Assert.Throws<OperationCanceledException>(() => tuning.Predict(WordTask.Examples(seed: 2), new CancellationToken(canceled: true)));
    }

    [TorchFact]
    public void A_device_that_is_not_there_is_refused_with_what_would_help()
    {
        EngineProbe probe = TorchProbe.Run("warp");
        Assert.False(probe.Usable);
        Assert.Equal("device 'warp' is unknown; it must be auto, cuda, mps or cpu", probe.Detail);

        Assert.SkipWhen(torch.cuda.is_available(), "this machine has a GPU");
        Assert.Contains("use device cpu", TorchProbe.Run("cuda").Detail, StringComparison.Ordinal);
        Assert.Contains("there is no GPU", TorchProbe.Run().Detail, StringComparison.Ordinal);
    }

    private static TorchEngine Engine() => new(TorchDevice.Find("cpu"));

    private static IFineTuning Start(TrainingPlan plan) =>
        Engine().Start(Model, WordTask.Adapter(Model, Attention), WordTask.Labels, WordTask.Examples(seed: 1), plan);

    private static IFineTuning Portable(BaseModel model, IReadOnlyList<string> targets, TrainingPlan plan) =>
        new PortableEngine().Start(model, WordTask.Adapter(model, targets), WordTask.Labels, WordTask.Examples(seed: 1), plan);

    private static void AssertSameCurve(BaseModel model, IReadOnlyList<string> targets, TrainingPlan plan)
    {
        using IFineTuning portable = Portable(model, targets, plan);
        using IFineTuning torch = Engine().Start(model, WordTask.Adapter(model, targets), WordTask.Labels, WordTask.Examples(seed: 1), plan);

        double[] expected = WordTask.Losses(portable, 20);
        double[] actual = WordTask.Losses(torch, 20);

        // The two round differently, and every step carries it on; the design allows 1e-4 over twenty steps.
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, tolerance: 1e-4));
        Assert.NotEqual(expected[0], expected[^1], tolerance: 0.01);
    }
}
