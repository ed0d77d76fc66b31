using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.EdgeAgent.Training;
using static EdgeFlora.EdgeAgent.Tests.Trainers.ScriptedTrainer;

namespace EdgeFlora.EdgeAgent.Tests.Trainers;

/// <summary>Programs that keep to the contract.</summary>
public sealed class CommandTrainingTests : IDisposable
{
    private readonly ScriptedTrainer trainer = new();

    public void Dispose() => trainer.Dispose();

    [Fact]
    public void What_an_honest_program_leaves_is_the_update()
    {
        var board = new TaskProgressBoard();

        TrainedUpdate update = trainer.Run(Honest, board: board, offer: Offers.Bare() with { ClassCounts = true });

        Assert.Equal(Bytes(Offers.Trained(1)), Bytes(update.Adapter!));
        ResultMetrics told = update.Metrics;
        Assert.Equal(
            (8, 2, 0.7, 0.5, 0.4, 0.6, 1.0),
            (update.Examples, told.HeldOut, told.GlobalLoss!.Value, told.GlobalAccuracy!.Value, told.GlobalMacroF1!.Value,
                told.LocalLoss!.Value, told.LocalAccuracy!.Value));

        // Means of the first and the last eight losses: 29.5 … 22.5 and 17.5 … 10.5.
        Assert.Equal((26.0, 14.0), (update.Metrics.LossBefore!.Value, update.Metrics.LossAfter!.Value));
        Assert.Equal(8, update.ClassCounts!.Sum());
    }

    [Fact]
    public void A_program_finds_the_task_in_words_the_adapter_the_tokens_and_the_rows_of_each_step()
    {
        trainer.Run(Honest, frozen: new FrozenFactors([], ["layer.query"]), trained: () => Frozen());

        using var task = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(trainer.Work, "task.json")));
        JsonElement root = task.RootElement;
        Assert.Equal(
            (1, "train", "classification", 1),
            (root.GetProperty("contract").GetInt32(), Word(root, "kind"), Word(root, "task"), root.GetProperty("round").GetInt32()));
        Assert.Equal(
            (trainer.Model.Sha256, trainer.Model.Folder),
            (Word(root.GetProperty("model"), "sha256"), Word(root.GetProperty("model"), "folder")));
        Assert.False(root.GetProperty("model").TryGetProperty("baseDelta", out _));
        Assert.Equal(
            ("lora", 4, 8.0),
            (Word(root.GetProperty("adapter"), "variant"), root.GetProperty("adapter").GetProperty("rank").GetInt32(),
                root.GetProperty("adapter").GetProperty("alpha").GetDouble()));
        Assert.Equal("layer.query", Assert.Single(root.GetProperty("adapter").GetProperty("frozenB").EnumerateArray()).GetString());
        JsonElement training = root.GetProperty("training");
        Assert.Equal(
            (20, 2, "adamw", "constant", 5),
            (training.GetProperty("steps").GetInt32(), training.GetProperty("batchSize").GetInt32(), Word(training, "optimizer"),
                Word(training, "schedule"), training.GetProperty("checkpointEverySteps").GetInt32()));
        Assert.Equal(Bytes(Offers.Global), Bytes(PeftFolder.Read(Path.Combine(trainer.Work, "adapter"))));
        string[] rows = File.ReadAllLines(Path.Combine(trainer.Work, "train.jsonl"));
        Assert.Equal((8, 2), (rows.Length, File.ReadAllLines(Path.Combine(trainer.Work, "heldout.jsonl")).Length));
        Assert.Equal("""{"tokens":[2,5,3],"label":0,"secondSegment":3}""", rows[0]);
        string[] lines = File.ReadAllLines(Path.Combine(trainer.Work, "batches.jsonl"));
        int[][] batches = [.. lines.Select(line => JsonSerializer.Deserialize<int[]>(line)!)];
        Assert.Equal(Steps, batches.Length);
        Assert.All(batches, batch => Assert.Equal(2, batch.Length));

        // Every epoch of four steps visits each of the eight rows once.
        Assert.Equal(Enumerable.Range(0, 8), batches[..4].SelectMany(batch => batch).Order());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(trainer.Work));
        }
    }

    [Fact]
    public void A_task_that_only_measures_leaves_figures_and_no_adapter()
    {
        TrainedUpdate update = trainer.Run(
            """grep -q '"kind": "evaluate"' "$2/task.json" && echo '{"phase": "evaluating"}' >> "$2/progress.jsonl" && echo '{"steps": 0, "before": {"loss": 0.7, "accuracy": 0.5}}' > "$2/metrics.json" """,
            offer: Offers.Bare(kind: TaskKind.Evaluate));

        Assert.Equal((null, 2, 2, 0.7), (update.Adapter, update.Examples, update.Metrics.HeldOut, update.Metrics.GlobalLoss!.Value));
    }

    [Fact]
    public void Where_the_owner_keeps_figures_back_there_is_nothing_to_measure()
    {
        TrainedUpdate update = trainer.Run(
            "[ ! -s \"$2/heldout.jsonl\" ] && " + Honest,
            options => options with { Allow = new AllowOptions { HeldOutFigures = false } });

        Assert.Equal((0, null, null), (update.Metrics.HeldOut, update.Metrics.GlobalLoss, update.Metrics.LocalLoss));
    }

    private static LoraAdapter Frozen()
    {
        LoraAdapter trained = Offers.Trained(1);
        Offers.Global.Modules["layer.query"].B.Values.CopyTo(trained.Modules["layer.query"].B.Values);
        return trained;
    }

    private static string? Word(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static byte[] Bytes(LoraAdapter adapter) => AdapterCodec.Parse("fp32").Encode(adapter);
}
