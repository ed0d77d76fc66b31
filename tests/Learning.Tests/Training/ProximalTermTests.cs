using EdgeFlora.Adapters;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Given;
using EdgeFlora.Learning.Tests.Portable;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Training;

/// <summary>FedProx (arXiv 1812.06127) beside slow loops in double precision.</summary>
public sealed class ProximalTermTests
{
    private const double Strength = 0.7;

    // Sixty steps of a few roundings of 6e-8 each, of values of about 1.
    private const double Tolerance = 1e-5;

    [Theory]
    [InlineData(0)]
    [InlineData(0.9)]
    public void Descent_on_a_quadratic_is_that_of_a_loop_in_double_precision(double momentum)
    {
        const double Rate = 0.05;
        const int Length = 21;
        var weights = new TrainedWeights([("all", Length, false)]);
        double[] curve = [.. Enumerable.Range(0, Length).Select(i => 0.5 + (0.1 * i))];
        double[] least = [.. Enumerable.Range(0, Length).Select(i => Math.Cos(i))];
        for (int i = 0; i < Length; i++)
        {
            weights.Values[i] = (float)Math.Sin(i + 1);
        }

        double[] start = [.. weights.Values.ToArray().Select(value => (double)value)];
        double[] values = [.. start];
        double[] velocity = new double[Length];
        var optimiser = new Sgd(Length, momentum, nesterov: false);
        var term = new ProximalTerm(weights, Strength);
        for (int step = 1; step <= 60; step++)
        {
            float[] gradient = [.. Enumerable.Range(0, Length).Select(i => (float)(curve[i] * (weights.Values[i] - least[i])))];
            term.AddTo(gradient, weights.Values);
            optimiser.Update(weights, gradient, step, Rate, weightDecay: 0, gradientScale: 1);
            for (int i = 0; i < Length; i++)
            {
                velocity[i] = (momentum * velocity[i]) + (curve[i] * (values[i] - least[i])) + (Strength * (values[i] - start[i]));
                values[i] -= Rate * velocity[i];
            }
        }

        for (int i = 0; i < Length; i++)
        {
            Assert.Equal(values[i], weights.Values[i], Tolerance);

            // Where the two pulls are even; plain descent ends at the quadratic's least.
            double even = ((curve[i] * least[i]) + (Strength * start[i])) / (curve[i] + Strength);
            Assert.Equal(even, weights.Values[i], 0.1);
        }
    }

    /// <summary>
    /// A real model: gradients are those of the engine without the term, taken one step at a time, and the loop keeps its values in double precision.
    /// </summary>
    [Fact]
    public void A_training_is_that_of_a_loop_in_double_precision()
    {
        const double Rate = 0.2;
        const int Steps = 6;
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
            WarmupFraction = 0,
            Schedule = RateSchedule.Constant,
        };
        LoraAdapter adapter = TinyTask.Trained(AdapterVariant.Lora);
        double[] start = AdapterValues.Of(adapter);
        double[] values = [.. start];
        for (int step = 0; step < Steps; step++)
        {
            LoraAdapter here = AdapterValues.With(adapter, i => values[i]);
            using IFineTuning plain = new PortableEngine().Start(TinyTask.Model, here, TinyTask.Labels, examples, plan with { LearningRate = 1 });
            plain.TrainStep();
            double[] from = AdapterValues.Of(here);
            double[] moved = AdapterValues.Of(plain.Snapshot());
            for (int i = 0; i < values.Length; i++)
            {
                values[i] -= Rate * (from[i] - moved[i] + (Strength * (values[i] - start[i])));
            }
        }

        TrainingPlan near = plan with { Proximal = Strength };
        using IFineTuning proximal = new PortableEngine().Start(TinyTask.Model, adapter, TinyTask.Labels, examples, near);
        using IFineTuning without = new PortableEngine().Start(TinyTask.Model, adapter, TinyTask.Labels, examples, plan);
        TinyTask.Run(proximal, Steps);
        TinyTask.Run(without, Steps);

        double[] ours = AdapterValues.Of(proximal.Snapshot());
        double off = AdapterValues.Distance(values, ours);
        double apart = AdapterValues.Distance(values, AdapterValues.Of(without.Snapshot()));
        Assert.InRange(off, 0, 1e-4);
        Assert.True(apart > 100 * off, $"The term moved the end by {apart:G3}, rounding by {off:G3}: too little for the comparison to say anything.");
        Assert.True(AdapterValues.Distance(start, ours) < AdapterValues.Distance(start, AdapterValues.Of(without.Snapshot())));
    }

    [Fact]
    public void Interrupted_it_ends_with_the_same_bits_and_any_number_of_threads_does_too()
    {
        (float[] whole, float[] interrupted) = TinyTask.Interrupted(
            TinyTask.Trained(AdapterVariant.Dora), TinyTask.Plan with { Proximal = Strength });

        Assert.Equal(whole, interrupted);
    }

    [Fact]
    public void A_checkpoint_goes_with_its_strength_and_with_where_training_began()
    {
        TrainingPlan plan = TinyTask.Plan with { Proximal = Strength };
        LoraAdapter adapter = TinyTask.Trained(AdapterVariant.Lora);
        using IFineTuning tuning = TinyTask.Start(adapter, plan);
        byte[] checkpoint = Saved(tuning);
        using IFineTuning weaker = TinyTask.Start(adapter, plan with { Proximal = 0.1 });
        using IFineTuning elsewhere = TinyTask.Start(TinyTask.Adapter(AdapterVariant.Lora), plan);

        Assert.All(
            [weaker, elsewhere],
            other => Assert.Contains(
                "another task",
                Assert.Throws<InvalidDataException>(() => other.Restore(new MemoryStream(checkpoint))).Message,
                StringComparison.Ordinal));
    }

    /// <summary>Plans had no such setting once; their checkpoints are gone on from.</summary>
    [Fact]
    public void A_training_without_the_term_has_the_identity_that_it_had_before_there_was_one()
    {
        using IFineTuning tuning = TinyTask.Start(TinyTask.Adapter(AdapterVariant.Lora), TinyTask.Plan);

        string identity = Convert.ToHexStringLower(Saved(tuning).AsSpan(8, 32));

        Assert.Equal(IdentityBefore, identity);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1001)]
    [InlineData(double.NaN)]
    public void A_strength_out_of_range_is_refused(double strength) => Assert.StartsWith(
        "Proximal is ",
        Assert.Throws<ArgumentException>(() => (TinyTask.Plan with { Proximal = strength }).Validate()).Message,
        StringComparison.Ordinal);

    /// <summary>As a build without the setting wrote it.</summary>
    private const string IdentityBefore = "04eef2b6f1308cd5e96e8e1c7f0cf41b405a332074cab31eac752cdd9b14a539";

    private static byte[] Saved(IFineTuning tuning)
    {
        using var stream = new MemoryStream();
        tuning.Save(stream);
        return stream.ToArray();
    }
}
