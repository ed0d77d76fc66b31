using EdgeFlora.Adapters;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Training;
using static EdgeFlora.EdgeAgent.Tests.Trainers.ScriptedTrainer;

namespace EdgeFlora.EdgeAgent.Tests.Trainers;

/// <summary>Programs that say they are done and left something else than the task asked for.</summary>
public sealed class TrainerResultTests : IDisposable
{
    private readonly ScriptedTrainer trainer = new();

    public void Dispose() => trainer.Dispose();

    public static TheoryData<string, string> Liars => new()
    {
        { "exit 0", "The trainer ended with exit code 0 but left no metrics.json." },
        { Progress + Result + """echo '{' > "$2/metrics.json" """, "The trainer's metrics.json cannot be read: " },
        {
            Progress + Result + """echo '{"steps": 20, "before": {"loss": 1, "accuracy": 1.5}}' > "$2/metrics.json" """,
            "The trainer's metrics.json has before.accuracy = 1.5; it must be 0 or more, and at most 1."
        },
        {
            Progress + Result + """head -c 70000 /dev/zero > "$2/metrics.json" """,
            "The trainer's metrics.json has 70,000 bytes; at most 65,536 are read."
        },
        { Progress + Metrics, "The trainer ended with exit code 0 but left no result." },
        { Result + Metrics, "metrics.json says 20 steps, progress.jsonl 0; the task has 20." },
        { Progress + Result + """echo '{"steps": 19}' > "$2/metrics.json" """, "metrics.json says 19 steps, progress.jsonl 20; the task has 20." },
        { Progress + Metrics + """mkdir "$2/result"; cp "$1/adapter_config.json" "$2/result" """, "The trainer's result cannot be read: " },
        {
            Honest + """f="$2/result/adapter_model.safetensors"; head -c -4 "$f" > "$2/x"; printf '\377\377\377\377' >> "$2/x"; mv "$2/x" "$f" """,
            "The trainer's result cannot be read: "
        },
        { Honest + """head -c 20000000 /dev/zero >> "$2/result/adapter_model.safetensors" """, " bytes; an adapter of the task has at most " },
        { """echo '{"step": 21, "loss": 1}' >> "$2/progress.jsonl"; """ + Result + Metrics, "The trainer's progress.jsonl:1 reports step 21 of 20." },
        {
            """echo '{"loss": 1}' >> "$2/progress.jsonl"; """ + Result + Metrics,
            "The trainer's progress.jsonl:1 is no object with a whole number \"step\" and a number \"loss\", nor one with a \"phase\"."
        },
        { """echo 'training' >> "$2/progress.jsonl"; """ + Result + Metrics, "The trainer's progress.jsonl:1 is no object " },
    };

    [Theory]
    [MemberData(nameof(Liars))]
    public void A_program_that_says_it_is_done_and_is_not_is_found_out(string script, string said)
    {
        TrainerFailedException failure = Assert.Throws<TrainerFailedException>(() => trainer.Run(script));

        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
        Assert.False(failure.Retryable);
    }

    public static TheoryData<LoraAdapter, string> Misfits => new()
    {
        { Of(new ModuleShape("layer.query", 30, 21)), "module 'layer.query' is [30×21], expected [30×20]." },
        { Of(new ModuleShape("layer.value", 30, 20)), "module 'layer.query' [30×20] is missing." },
        { Of(new ModuleShape("layer.query", 30, 20), rank: 3), "its rank is 3, expected 4." },
        {
            new LoraAdapter(Offers.Global.Settings with { ModulesToSave = [] }, Offers.Global.Modules),
            "tensor 'classifier.weight' [2×30] is missing."
        },
    };

    [Theory]
    [MemberData(nameof(Misfits))]
    public void A_result_of_another_shape_is_refused_with_both_shapes(LoraAdapter misfit, string said)
    {
        TrainerFailedException failure = Assert.Throws<TrainerFailedException>(() => trainer.Run(Honest, trained: () => misfit));

        Assert.EndsWith(said, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_factor_that_was_frozen_and_trained_all_the_same_is_found_out()
    {
        TrainerFailedException failure = Assert.Throws<TrainerFailedException>(
            () => trainer.Run(Honest, frozen: new FrozenFactors([], ["layer.query"])));

        Assert.Equal("The trainer changed B of module 'layer.query', which the task froze.", failure.Message);
    }

    [Fact]
    public void A_loss_that_is_no_number_is_divergence()
    {
        TrainingDivergedException failure = Assert.Throws<TrainingDivergedException>(
            () => trainer.Run("""echo '{"step": 1, "loss": "NaN"}' >> "$2/progress.jsonl"; """ + Result + Metrics));

        Assert.Contains("Step 1: the trainer reports a loss of \"NaN\"", failure.Message, StringComparison.Ordinal);
    }

    private static LoraAdapter Of(ModuleShape module, int rank = 4) =>
        new AdapterShape(
            Offers.Global.Settings with { Rank = rank, TargetModules = ["query", "value"] },
            [module],
            [new TensorShape("classifier.weight", [2, 30])]).CreateZero();
}
