using EdgeFlora.Adapters;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Given;
using EdgeFlora.Learning.Tests.Portable;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Training;

/// <summary>Steps that control variates correct (SCAFFOLD, arXiv 1910.06378) beside slow loops in double precision.</summary>
public sealed class DriftCorrectionTests
{
    private static readonly LoraAdapter Start = TinyTask.Trained(AdapterVariant.Lora);

    /// <summary>The paper's y ← y − η·(g + c − cᵢ): gradients are those of the engine, taken one step at a time.</summary>
    [Theory]
    [InlineData(RateSchedule.Constant, 0)]
    [InlineData(RateSchedule.Cosine, 0.4)]
    public void A_training_is_that_of_a_loop_in_double_precision(RateSchedule schedule, double warmup)
    {
        const double Rate = 0.2;
        const int Steps = 5;
        List<Example> examples = TinyTask.Examples(seed: 1);

        // Every batch is all examples, so that a training of one step sees what a later step would.
        TrainingPlan plan = TinyTask.Plan with
        {
            Steps = Steps,
            BatchSize = examples.Count,
            Optimiser = OptimiserKind.Sgd,
            Momentum = 0,
            LearningRate = Rate,
            WeightDecay = 0,
            ClipNorm = 0,
            WarmupFraction = warmup,
            Schedule = schedule,
        };
        LoraAdapter whole = Correction();
        double[] off = AdapterValues.Of(whole);
        double[] values = AdapterValues.Of(Start);
        double[] rates = [.. Enumerable.Range(0, Steps).Select(step => LearningRate.At(step, Steps, Rate, warmup, schedule))];
        for (int step = 0; step < Steps; step++)
        {
            LoraAdapter here = AdapterValues.With(Start, i => values[i]);
            TrainingPlan one = plan with { Steps = 1, LearningRate = 1, WarmupFraction = 0, Schedule = RateSchedule.Constant };
            using IFineTuning plain = new PortableEngine().Start(TinyTask.Model, here, TinyTask.Labels, examples, one);
            plain.TrainStep();
            double[] from = AdapterValues.Of(here);
            double[] gone = AdapterValues.Of(plain.Snapshot());
            for (int i = 0; i < values.Length; i++)
            {
                values[i] -= rates[step] * (from[i] - gone[i] + (off[i] / rates.Sum()));
            }
        }

        using IFineTuning corrected = new PortableEngine().Start(TinyTask.Model, Start, TinyTask.Labels, examples, plan with { Correction = whole });
        using IFineTuning without = new PortableEngine().Start(TinyTask.Model, Start, TinyTask.Labels, examples, plan);
        TinyTask.Run(corrected, Steps);
        TinyTask.Run(without, Steps);

        double apart = AdapterValues.Distance(values, AdapterValues.Of(corrected.Snapshot()));
        Assert.InRange(apart, 0, 1e-4);
        double moved = AdapterValues.Distance(values, AdapterValues.Of(without.Snapshot()));
        Assert.True(moved > 100 * apart, $"The correction moved the end by {moved:G3}: too little for the comparison to say anything.");
    }

    /// <summary>Whatever the optimiser does: what is taken off in all is the correction.</summary>
    [Fact]
    public void Where_the_gradient_is_nothing_the_correction_is_all_that_moves()
    {
        var adapted = new AdaptedModel(TinyTask.Model, Start, TinyTask.Model.Network.Head(TinyTask.Labels.Length), FrozenFactors.None);
        TrainingPlan plan = TinyTask.Plan with { Steps = 7, WarmupFraction = 0.3, Schedule = RateSchedule.Linear };
        LoraAdapter whole = Correction();
        var correction = new DriftCorrection(adapted, whole, plan);
        float[] values = new float[adapted.Trained.Length];
        for (int step = 0; step < plan.Steps; step++)
        {
            correction.TakeOff(values, LearningRate.At(step, plan));
        }

        Assert.All(adapted.LaidOut(whole).Zip(values), pair => Assert.Equal(-pair.First, pair.Second, 1e-5f));
    }

    [Fact]
    public void Interrupted_it_ends_with_the_same_bits_and_any_number_of_threads_does_too()
    {
        (float[] whole, float[] interrupted) = TinyTask.Interrupted(Start, TinyTask.Plan with { Correction = Correction() });

        Assert.Equal(whole, interrupted);
    }

    [Fact]
    public void A_checkpoint_goes_with_its_correction()
    {
        using IFineTuning tuning = TinyTask.Start(Start, TinyTask.Plan with { Correction = Correction() });
        using var checkpoint = new MemoryStream();
        tuning.Save(checkpoint);
        LoraAdapter another = Correction();
        another.Saved.Values.First().Values[0] += 0.5f;
        using IFineTuning other = TinyTask.Start(Start, TinyTask.Plan with { Correction = another });
        using IFineTuning none = TinyTask.Start(Start, TinyTask.Plan);

        Assert.All(
            [other, none],
            resumed => Assert.Contains(
                "another task",
                Assert.Throws<InvalidDataException>(() => resumed.Restore(new MemoryStream(checkpoint.ToArray()))).Message,
                StringComparison.Ordinal));
    }

    [Fact]
    public void Frozen_factors_are_not_corrected()
    {
        string module = Start.Modules.Keys.First();
        TrainingPlan plan = TinyTask.Plan with { Correction = Correction(), Frozen = new FrozenFactors([module], []) };
        using IFineTuning tuning = TinyTask.Start(Start, plan);
        TinyTask.Run(tuning, 3);

        Assert.Equal(Start.Modules[module].A.Values.ToArray(), tuning.Snapshot().Modules[module].A.Values.ToArray());
        Assert.NotEqual(Start.Modules[module].B.Values.ToArray(), tuning.Snapshot().Modules[module].B.Values.ToArray());
    }

    [Fact]
    public void A_correction_of_another_shape_or_one_that_is_not_finite_is_refused()
    {
        LoraAdapter broken = Correction();
        broken.Saved.Values.First().Values[0] = float.NaN;

        Assert.Contains(
            "shape", Assert.Throws<ArgumentException>(() => Begin(TinyTask.Adapter(AdapterVariant.Dora))).Message, StringComparison.Ordinal);
        Assert.Contains("not finite", Assert.Throws<ArgumentException>(() => Begin(broken)).Message, StringComparison.Ordinal);

        static void Begin(LoraAdapter correction) => TinyTask.Start(Start, TinyTask.Plan with { Correction = correction }).Dispose();
    }

    /// <summary>Of the adapter's shape, about as large as what a round trains.</summary>
    private static LoraAdapter Correction() => AdapterValues.With(Start, i => 0.05 * Math.Sin(1 + (1.7 * i)));
}
