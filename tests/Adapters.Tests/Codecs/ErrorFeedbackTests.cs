using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.Tests.Files;

namespace EdgeFlora.Adapters.Tests.Codecs;

public sealed class ErrorFeedbackTests
{
    private static readonly AdapterReference Zero = new(AdapterShape.Of(SampleAdapter.Create(seed: 1)).CreateZero());

    [Theory]
    [InlineData("int4")]
    [InlineData("topk:25")]
    public void What_is_sent_and_what_is_left_add_up_to_what_was_meant(string codec)
    {
        const int Rounds = 20;
        var feedback = new ErrorFeedback(Zero.Shape);
        double[] meant = new double[Zero.Shape.ParameterCount], sent = new double[meant.Length], plain = new double[meant.Length];

        for (int round = 0; round < Rounds; round++)
        {
            LoraAdapter change = SampleAdapter.Create(seed: 100 + (round % 3));
            Add(meant, change);
            Add(sent, Decode(feedback.Encode(AdapterCodec.Parse(codec), change, Zero, $"task-{round}")));
            Add(plain, Decode(AdapterCodec.Parse(codec).Encode(change, Zero)));
            Assert.True(feedback.Commit($"task-{round}"));
        }

        // Each round rounds a sum and a difference of numbers below 1 to single precision.
        double tolerance = Math.Sqrt(meant.Length) * Rounds * 2 * Math.ScaleB(1, -24);
        Assert.InRange(Distance(meant, sent) - feedback.Norm, -tolerance, tolerance);
        Assert.True(Distance(meant, sent) < Distance(meant, plain) / 2, $"{Distance(meant, sent)} with feedback, {Distance(meant, plain)} without");
    }

    [Theory]
    [InlineData("fp32")]
    [InlineData("fp16")]
    [InlineData("bf16")]
    [InlineData("int8")]
    [InlineData("int4")]
    [InlineData("topk:25")]
    public void A_frozen_factor_arrives_as_it_was_broadcast_and_its_residual_waits(string codec)
    {
        var reference = new AdapterReference(SampleAdapter.Create(seed: 5));
        (string query, string value) = ("bert.layer.0.self.query", "bert.layer.0.self.value");
        var frozen = new FrozenFactors([query], [value]);
        var feedback = new ErrorFeedback(reference.Shape);
        feedback.Encode(AdapterCodec.Parse(codec), SampleAdapter.Create(seed: 6), reference, "trains all");
        feedback.Commit("trains all");
        byte[] waiting = Residual(feedback, query, value);
        LoraAdapter trained = SampleAdapter.Create(seed: 7);
        reference.Adapter.Modules[query].A.Values.CopyTo(trained.Modules[query].A.Values);
        reference.Adapter.Modules[value].B.Values.CopyTo(trained.Modules[value].B.Values);

        LoraAdapter arrived = AdapterPayload.Decode(
            feedback.Encode(AdapterCodec.Parse(codec), trained, reference, "freezes", frozen), reference.Shape, reference);
        feedback.Commit("freezes");

        Assert.Null(frozen.FirstChange(reference.Adapter, arrived));
        Assert.Equal(waiting, Residual(feedback, query, value));
        Assert.NotEqual(reference.Adapter.Modules[query].B.Values.ToArray(), arrived.Modules[query].B.Values.ToArray());
    }

    [Fact]
    public void What_was_left_out_of_factors_that_start_anew_is_forgotten_and_the_heads_kept()
    {
        var feedback = new ErrorFeedback(Zero.Shape);
        feedback.Encode(AdapterCodec.Parse("int4"), SampleAdapter.Create(seed: 3), Zero, "first");
        feedback.Commit("first");

        feedback.Forget(["bert.layer.0.self.query", "bert.layer.0.self.value", "no.such.module"]);

        LoraAdapter left = ResidualOf(feedback);
        Assert.All(left.Modules.Values, factors => Assert.False(factors.A.Values.ContainsAnyExcept(0f) || factors.B.Values.ContainsAnyExcept(0f)));
        Assert.Contains(left.Saved["classifier.weight"].Values, value => value != 0);
    }

    // What is left is what an exact payload of no change carries.
    private static LoraAdapter ResidualOf(ErrorFeedback feedback)
    {
        byte[] payload = feedback.Encode(AdapterCodec.Parse("fp32"), Zero.Shape.CreateZero(), Zero, "look");
        feedback.Rollback("look");
        return Decode(payload);
    }

    private static byte[] Residual(ErrorFeedback feedback, string frozenA, string frozenB)
    {
        LoraAdapter left = ResidualOf(feedback);
        return [.. System.Runtime.InteropServices.MemoryMarshal.AsBytes(left.Modules[frozenA].A.Values), .. System.Runtime.InteropServices.MemoryMarshal.AsBytes(left.Modules[frozenB].B.Values)];
    }

    [Fact]
    public void A_rejected_payload_leaves_the_residual_as_it_was()
    {
        var feedback = new ErrorFeedback(Zero.Shape);
        AdapterCodec codec = AdapterCodec.Parse("int4");
        LoraAdapter change = SampleAdapter.Create(seed: 2);
        feedback.Encode(codec, SampleAdapter.Create(seed: 3), Zero, "first");
        feedback.Commit("first");
        double norm = feedback.Norm;
        byte[] rejected = feedback.Encode(codec, change, Zero, "second");

        Assert.True(feedback.Rollback("second"));

        Assert.Equal(norm, feedback.Norm);
        Assert.Equal(rejected, feedback.Encode(codec, change, Zero, "third"));
    }

    [Fact]
    public void An_answer_to_another_task_or_a_second_one_changes_nothing()
    {
        var feedback = new ErrorFeedback(Zero.Shape);
        feedback.Encode(AdapterCodec.Parse("int4"), SampleAdapter.Create(seed: 2), Zero, "mine");

        Assert.False(feedback.Commit("other"));
        Assert.False(feedback.Rollback("other"));
        Assert.Equal(0, feedback.Norm);
        Assert.True(feedback.Commit("mine"));
        double norm = feedback.Norm;
        Assert.False(feedback.Commit("mine"));
        Assert.False(feedback.Rollback("mine"));

        Assert.NotEqual(0, norm);
        Assert.Equal(norm, feedback.Norm);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_restart_goes_on_with_the_same_bytes(bool staged)
    {
        using var folder = new TemporaryFolder();
        AdapterCodec codec = AdapterCodec.Parse("int4");
        var feedback = new ErrorFeedback(Zero.Shape);
        feedback.Encode(codec, SampleAdapter.Create(seed: 2), Zero, "first");
        feedback.Commit("first");
        if (staged)
        {
            feedback.Encode(codec, SampleAdapter.Create(seed: 3), Zero, "second");
        }

        feedback.Save(folder.File("residual"));
        ErrorFeedback restored = ErrorFeedback.Load(folder.File("residual"), Zero.Shape);

        Assert.Equal(staged ? "second" : null, restored.StagedTask);
        Assert.Equal(staged, restored.Commit("second"));
        feedback.Commit("second");
        LoraAdapter next = SampleAdapter.Create(seed: 4);
        Assert.Equal(feedback.Encode(codec, next, Zero, "third"), restored.Encode(codec, next, Zero, "third"));
    }

    [Fact]
    public void A_damaged_or_foreign_file_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("residual");
        new ErrorFeedback(Zero.Shape).Save(path);
        byte[] good = File.ReadAllBytes(path);
        var otherRank = new AdapterShape(Zero.Shape.Settings with { Rank = 2 }, Zero.Shape.Modules, Zero.Shape.Saved);

        Assert.Contains("rank is 4, expected 2", Refusal(path, otherRank), StringComparison.Ordinal);
        foreach (byte[] bad in new[] { good[..^1], [.. good, 0], [0, .. good[1..]], [], [.. good, .. good, .. good] })
        {
            File.WriteAllBytes(path, bad);
            Assert.StartsWith(path, Refusal(path, Zero.Shape), StringComparison.Ordinal);
        }
    }

    private static string Refusal(string path, AdapterShape shape) =>
        Assert.Throws<AdapterFormatException>(() => ErrorFeedback.Load(path, shape)).Message;

    private static LoraAdapter Decode(byte[] payload) => AdapterPayload.Decode(payload, Zero.Shape, Zero);

    private static void Add(double[] sum, LoraAdapter adapter)
    {
        int i = 0;
        foreach ((_, Memory<float> values) in SampleAdapter.Tensors(adapter))
        {
            foreach (float value in values.Span)
            {
                sum[i++] += value;
            }
        }
    }

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());
}
