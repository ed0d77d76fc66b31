using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.EdgeAgent.Trainers;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests.Trainers;

/// <summary>Programs that keep to the contract, and programs that do not: each is a few lines of shell, with the prepared adapter's folder as $1 and the task's as $2.</summary>
public sealed class CommandTrainingTests : IDisposable
{
    private const int Steps = 20;

    private const string Progress = """for i in $(seq 20); do echo "{\"step\": $i, \"loss\": $((30 - i)).5, \"tokens\": 6}"; done >> "$2/progress.jsonl"; """;

    private const string Metrics = """echo '{"steps": 20, "before": {"loss": 0.7, "accuracy": 0.5, "macroF1": 0.4}, "after": {"loss": 0.6, "accuracy": 1}}' > "$2/metrics.json"; """;

    private const string Result = """cp -r "$1" "$2/result"; """;

    private const string Honest = Progress + Result + Metrics;

    private readonly TemporaryFolder folder = new();
    private readonly BaseModel model;
    private readonly PrivateData data;

    public CommandTrainingTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The programs of these tests are shell scripts.");
        model = TinyModel.Load(folder.In("model"));
        File.WriteAllLines(folder.In("data.jsonl"), Enumerable.Range(0, 10).Select(i => $$"""{"text": "good", "label": "{{Offers.Labels[i % 2]}}"}"""));
        data = PrivateData.Load(new DataSetOptions { Files = [folder.In("data.jsonl")] });
        Directory.CreateDirectory(folder.In("task"));
        PeftFolder.Write(folder.In("trained"), Offers.Trained(1), null, "SEQ_CLS");
    }

    private string Work => folder.In("task/trainer");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_an_honest_program_leaves_is_the_update()
    {
        var board = new TaskProgressBoard();

        TrainedUpdate update = Run(Honest, board: board, offer: Offers.Bare() with { ClassCounts = true });

        Assert.Equal(Bytes(Offers.Trained(1)), Bytes(update.Adapter!));
        Assert.Equal((8, 2, 0.7, 0.5, 0.4, 0.6, 1.0), (
            update.Examples, update.Metrics.HeldOut, update.Metrics.GlobalLoss!.Value, update.Metrics.GlobalAccuracy!.Value, update.Metrics.GlobalMacroF1!.Value,
            update.Metrics.LocalLoss!.Value, update.Metrics.LocalAccuracy!.Value));

        // Means of the first and the last eight losses: 29.5 … 22.5 and 17.5 … 10.5.
        Assert.Equal((26.0, 14.0), (update.Metrics.LossBefore!.Value, update.Metrics.LossAfter!.Value));
        Assert.Equal(8, update.ClassCounts!.Sum());
    }

    [Fact]
    public void A_program_finds_the_task_in_words_the_adapter_the_tokens_and_the_rows_of_each_step()
    {
        Run(Honest, frozen: new FrozenFactors([], ["layer.query"]), trained: () => Frozen());

        using var task = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Work, "task.json")));
        JsonElement root = task.RootElement;
        Assert.Equal((1, "train", "classification", 1), (root.GetProperty("contract").GetInt32(), Word(root, "kind"), Word(root, "task"), root.GetProperty("round").GetInt32()));
        Assert.Equal((model.Sha256, model.Folder), (Word(root.GetProperty("model"), "sha256"), Word(root.GetProperty("model"), "folder")));
        Assert.False(root.GetProperty("model").TryGetProperty("baseDelta", out _));
        Assert.Equal(("lora", 4, 8.0), (Word(root.GetProperty("adapter"), "variant"), root.GetProperty("adapter").GetProperty("rank").GetInt32(), root.GetProperty("adapter").GetProperty("alpha").GetDouble()));
        Assert.Equal("layer.query", Assert.Single(root.GetProperty("adapter").GetProperty("frozenB").EnumerateArray()).GetString());
        Assert.Equal((20, 2, "adamw", "constant", 5), (
            root.GetProperty("training").GetProperty("steps").GetInt32(), root.GetProperty("training").GetProperty("batchSize").GetInt32(),
            Word(root.GetProperty("training"), "optimizer"), Word(root.GetProperty("training"), "schedule"), root.GetProperty("training").GetProperty("checkpointEverySteps").GetInt32()));
        Assert.Equal(Bytes(Offers.Global), Bytes(PeftFolder.Read(Path.Combine(Work, "adapter"))));
        string[] rows = File.ReadAllLines(Path.Combine(Work, "train.jsonl"));
        Assert.Equal((8, 2), (rows.Length, File.ReadAllLines(Path.Combine(Work, "heldout.jsonl")).Length));
        Assert.Equal("""{"tokens":[2,5,3],"label":0,"secondSegment":3}""", rows[0]);
        int[][] batches = [.. File.ReadAllLines(Path.Combine(Work, "batches.jsonl")).Select(line => JsonSerializer.Deserialize<int[]>(line)!)];
        Assert.Equal(Steps, batches.Length);
        Assert.All(batches, batch => Assert.Equal(2, batch.Length));

        // Every epoch of four steps visits each of the eight rows once.
        Assert.Equal(Enumerable.Range(0, 8), batches[..4].SelectMany(batch => batch).Order());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Work));
        }
    }

    [Fact]
    public void A_task_that_only_measures_leaves_figures_and_no_adapter()
    {
        TrainedUpdate update = Run(
            """grep -q '"kind": "evaluate"' "$2/task.json" && echo '{"phase": "evaluating"}' >> "$2/progress.jsonl" && echo '{"steps": 0, "before": {"loss": 0.7, "accuracy": 0.5}}' > "$2/metrics.json" """,
            offer: Offers.Bare(kind: TaskKind.Evaluate));

        Assert.Equal((null, 2, 2, 0.7), (update.Adapter, update.Examples, update.Metrics.HeldOut, update.Metrics.GlobalLoss!.Value));
    }

    [Fact]
    public void Where_the_owner_keeps_figures_back_there_is_nothing_to_measure()
    {
        TrainedUpdate update = Run("[ ! -s \"$2/heldout.jsonl\" ] && " + Honest, options => options with { Allow = new AllowOptions { HeldOutFigures = false } });

        Assert.Equal((0, null, null), (update.Metrics.HeldOut, update.Metrics.GlobalLoss, update.Metrics.LocalLoss));
    }

    public static TheoryData<string, string> Liars => new()
    {
        { "exit 0", "The trainer ended with exit code 0 but left no metrics.json." },
        { Progress + Result + """echo '{' > "$2/metrics.json" """, "The trainer's metrics.json cannot be read: " },
        { Progress + Result + """echo '{"steps": 20, "before": {"loss": 1, "accuracy": 1.5}}' > "$2/metrics.json" """, "The trainer's metrics.json has before.accuracy = 1.5; it must be 0 or more, and at most 1." },
        { Progress + Result + """head -c 70000 /dev/zero > "$2/metrics.json" """, "The trainer's metrics.json has 70,000 bytes; at most 65,536 are read." },
        { Progress + Metrics, "The trainer ended with exit code 0 but left no result." },
        { Result + Metrics, "metrics.json says 20 steps, progress.jsonl 0; the task has 20." },
        { Progress + Result + """echo '{"steps": 19}' > "$2/metrics.json" """, "metrics.json says 19 steps, progress.jsonl 20; the task has 20." },
        { Progress + Metrics + """mkdir "$2/result"; cp "$1/adapter_config.json" "$2/result" """, "The trainer's result cannot be read: " },
        { Honest + """f="$2/result/adapter_model.safetensors"; head -c -4 "$f" > "$2/x"; printf '\377\377\377\377' >> "$2/x"; mv "$2/x" "$f" """, "The trainer's result cannot be read: " },
        { Honest + """head -c 20000000 /dev/zero >> "$2/result/adapter_model.safetensors" """, " bytes; an adapter of the task has at most " },
        { """echo '{"step": 21, "loss": 1}' >> "$2/progress.jsonl"; """ + Result + Metrics, "The trainer's progress.jsonl:1 reports step 21 of 20." },
        { """echo '{"loss": 1}' >> "$2/progress.jsonl"; """ + Result + Metrics, "The trainer's progress.jsonl:1 is no object with a whole number \"step\" and a number \"loss\", nor one with a \"phase\"." },
        { """echo 'training' >> "$2/progress.jsonl"; """ + Result + Metrics, "The trainer's progress.jsonl:1 is no object " },
    };

    [Theory]
    [MemberData(nameof(Liars))]
    public void A_program_that_says_it_is_done_and_is_not_is_found_out(string script, string said)
    {
        TrainerFailedException failure = Assert.Throws<TrainerFailedException>(() => Run(script));

        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
        Assert.False(failure.Retryable);
    }

    public static TheoryData<LoraAdapter, string> Misfits => new()
    {
        { Of(new ModuleShape("layer.query", 30, 21)), "module 'layer.query' is [30×21], expected [30×20]." },
        { Of(new ModuleShape("layer.value", 30, 20)), "module 'layer.query' [30×20] is missing." },
        { Of(new ModuleShape("layer.query", 30, 20), rank: 3), "its rank is 3, expected 4." },
        { new LoraAdapter(Offers.Global.Settings with { ModulesToSave = [] }, Offers.Global.Modules), "tensor 'classifier.weight' [2×30] is missing." },
    };

    [Theory]
    [MemberData(nameof(Misfits))]
    public void A_result_of_another_shape_is_refused_with_both_shapes(LoraAdapter misfit, string said)
    {
        TrainerFailedException failure = Assert.Throws<TrainerFailedException>(() => Run(Honest, trained: () => misfit));

        Assert.EndsWith(said, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_factor_that_was_frozen_and_trained_all_the_same_is_found_out()
    {
        TrainerFailedException failure = Assert.Throws<TrainerFailedException>(() => Run(Honest, frozen: new FrozenFactors([], ["layer.query"])));

        Assert.Equal("The trainer changed B of module 'layer.query', which the task froze.", failure.Message);
    }

    [Fact]
    public void A_crash_is_told_with_exit_code_and_last_words_in_one_line()
    {
        TrainerFailedException failure = Assert.Throws<TrainerFailedException>(() => Run("""echo chatter; printf 'Traceback\n\tno \033such file\n' >&2; exit 3"""));

        Assert.Equal("The trainer ended with exit code 3; its last words: Traceback | no  such file.", failure.Message);
        Assert.True(failure.Retryable);
    }

    [Fact]
    public void A_program_that_does_not_do_such_tasks_declines_in_its_own_words()
    {
        DeclinedException refusal = Assert.Throws<DeclinedException>(() => Run("echo 'it knows no dora' >&2; exit 69"));

        Assert.Equal((DeclineReason.Contract, "The trainer does not do such tasks: it knows no dora"), (refusal.Reason, refusal.Message));
    }

    [Fact]
    public void A_program_that_is_not_there_is_named()
    {
        TrainerFailedException failure = Assert.Throws<TrainerFailedException>(() => Run("", options => options with { Trainer = options.Trainer! with { Command = ["/nowhere/trainer"] } }));

        Assert.StartsWith("The trainer /nowhere/trainer could not be started: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_that_is_no_number_is_divergence() =>
        Assert.Contains("Step 1: the trainer reports a loss of \"NaN\"", Assert.Throws<TrainingDivergedException>(() => Run("""echo '{"step": 1, "loss": "NaN"}' >> "$2/progress.jsonl"; """ + Result + Metrics)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(10, null, "wrote no progress for 00:00:10 (trainer.silence) and was ended; its last words: loading")]
    [InlineData(86_400, 60.0, "was not done after 00:01:00 (trainer.time) and was ended; its last words: loading")]
    public void A_program_that_hangs_is_ended(int silence, double? time, string said)
    {
        TrainerFailedException failure = Assert.Throws<TrainerFailedException>(() => Run(
            """echo $$ > "$1/id"; echo loading >&2; exec sleep 1000""",
            options => options with { Trainer = options.Trainer! with { Silence = TimeSpan.FromSeconds(silence), Time = time is { } most ? TimeSpan.FromSeconds(most) : null } },
            clock: new WaitingTime(() => File.Exists(Path.Combine(folder.In("trained"), "id")))));

        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
        Assert.False(IsAlive(int.Parse(File.ReadAllText(Path.Combine(folder.In("trained"), "id")), CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void A_program_that_is_killed_goes_on_from_its_checkpoint()
    {
        TrainedUpdate update = Run($$"""
            if [ -d "$2/checkpoint" ]; then {{Honest}} exit; fi
            echo '{"step": 7, "loss": 900}' >> "$2/progress.jsonl"
            mkdir "$2/checkpoint"; kill -9 $$
            """);

        // Step 7 was done again, with another loss.
        Assert.Equal((26.0, 14.0), (update.Metrics.LossBefore!.Value, update.Metrics.LossAfter!.Value));
    }

    [Fact]
    public void A_program_that_is_killed_again_and_again_fails()
    {
        TrainerFailedException failure = Assert.Throws<TrainerFailedException>(() => Run("""echo x >> "$1/starts"; echo 'so long' >&2; kill -9 $$"""));

        Assert.Equal("The trainer was killed by signal 9; its last words: so long.", failure.Message);
        Assert.Equal(3, File.ReadAllLines(Path.Combine(folder.In("trained"), "starts")).Length);
    }

    [Fact]
    public async Task When_its_task_is_cancelled_a_program_writes_a_checkpoint_that_the_next_attempt_finds()
    {
        const string Stoppable = """
            trap 'kill $!; mkdir "$2/checkpoint"; exit 143' TERM
            sleep 1000 & echo '{"step": 7, "loss": 1}' >> "$2/progress.jsonl"; wait $!
            """;
        using var cancelled = new CancellationTokenSource();
        var board = new TaskProgressBoard();
        Task<TrainedUpdate> first = Task.Run(() => Run(Stoppable, board: board, cancel: cancelled.Token));
        await Bench.UntilAsync(() => board.Now.Step == 7);

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.True(Directory.Exists(Path.Combine(Work, "checkpoint")));
        Run("[ -d \"$2/checkpoint\" ] && " + Honest);
    }

    [Fact]
    public async Task A_program_that_does_not_listen_is_killed_after_its_grace()
    {
        using var cancelled = new CancellationTokenSource();
        var board = new TaskProgressBoard();
        Task<TrainedUpdate> run = Task.Run(() => Run(
            """trap '' TERM; echo $$ > "$1/id"; echo '{"step": 1, "loss": 1}' >> "$2/progress.jsonl"; while :; do sleep 1000; done""",
            options => options with { Trainer = options.Trainer! with { Grace = TimeSpan.Zero } },
            board: board,
            cancel: cancelled.Token));
        await Bench.UntilAsync(() => board.Now.Step == 1);

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.False(IsAlive(int.Parse(await File.ReadAllTextAsync(Path.Combine(folder.In("trained"), "id"), TestContext.Current.CancellationToken), CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void What_is_in_the_folder_of_another_task_is_thrown_away()
    {
        Run(Honest);
        Directory.CreateDirectory(Path.Combine(Work, "checkpoint"));

        Run("[ ! -d \"$2/checkpoint\" ] && [ ! -f \"$2/metrics.json\" ] && " + Honest, offer: Offers.Bare(round: 2));
    }

    [Fact]
    public void An_earlier_answer_is_not_taken_for_a_new_one()
    {
        Run(Honest);

        Assert.Contains("left no metrics.json", Assert.Throws<TrainerFailedException>(() => Run("exit 0")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_an_agent_left_behind_when_it_was_killed_is_ended_first()
    {
        Run(Honest);
        using TrainerProcess left = TrainerProcess.Start(["/bin/sh", "-c", "exec sleep 1000", "sh"], Work, 1, null);
        File.WriteAllText(Path.Combine(Work, "trainer.pid"), left.Mark);

        Run(Honest);

        Assert.True(left.WaitForExit(TimeSpan.FromSeconds(10)));
        Assert.True(left.WasKilled);
    }

    [Fact]
    public void A_program_learns_no_secrets_and_keeps_to_its_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "prlimit is a program of Linux.");
        Environment.SetEnvironmentVariable("EDGEFLORA_TEST_SECRET", "topsecret");

        TrainerFailedException failure = Assert.Throws<TrainerFailedException>(() => Run(
            """ulimit -d >&2; env | grep -i -e ^EDGEFLORA -e ^CREDENTIALS >&2; exit 3""",
            options => options with { Trainer = options.Trainer! with { MemoryBytes = 64 << 20 } }));

        Assert.Equal("The trainer ended with exit code 3; its last words: 65536.", failure.Message);
    }

    [Fact]
    public async Task Threads_and_programs_that_train_are_as_nice_as_the_owner_says()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no niceness.");

        (int thread, string program) = await TrainingThread.RunAsync("nice", 19, () => (Limits.Niceness.Current(), Assert.Throws<TrainerFailedException>(() => Run("nice >&2; exit 1")).Message));

        Assert.Equal(19, thread);
        Assert.EndsWith("its last words: 19.", program, StringComparison.Ordinal);
    }

    private static LoraAdapter Of(ModuleShape module, int rank = 4) =>
        new AdapterShape(Offers.Global.Settings with { Rank = rank, TargetModules = ["query", "value"] }, [module], [new TensorShape("classifier.weight", [2, 30])]).CreateZero();

    private static LoraAdapter Frozen()
    {
        LoraAdapter trained = Offers.Trained(1);
        Offers.Global.Modules["layer.query"].B.Values.CopyTo(trained.Modules["layer.query"].B.Values);
        return trained;
    }

    private static string? Word(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static byte[] Bytes(LoraAdapter adapter) => AdapterCodec.Parse("fp32").Encode(adapter);

    private static bool IsAlive(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private TrainedUpdate Run(
        string script,
        Func<AgentOptions, AgentOptions>? change = null,
        TaskProgressBoard? board = null,
        FrozenFactors? frozen = null,
        TaskOffer? offer = null,
        Func<LoraAdapter>? trained = null,
        TimeProvider? clock = null,
        CancellationToken? cancel = null)
    {
        if (trained is not null)
        {
            PeftFolder.Write(folder.In("trained"), trained(), null, "SEQ_CLS");
        }

        var options = new AgentOptions
        {
            Name = "a",
            Engine = AgentOptions.CommandEngine,
            Models = [ModelOptions.Of(model.Folder)],
            Data = [new DataSetOptions { Files = [folder.In("data.jsonl")] }],
            StateFolder = folder.In("state"),
            Trainer = new TrainerOptions { Command = ["/bin/sh", "-c", script, "sh", folder.In("trained")] },
        };
        options = change?.Invoke(options) ?? options;
        options.Validate();
        var training = new CommandTraining(options.Trainer!, options, Permits.Free, clock ?? TimeProvider.System, NullLogger.Instance);
        return training.Run(
            offer ?? Offers.Bare(), data, new TrainingStart(model, Offers.Global, frozen ?? FrozenFactors.None), folder.In("task/checkpoint"), board ?? new TaskProgressBoard(),
            cancel ?? TestContext.Current.CancellationToken);
    }

    /// <summary>Stands still until something has happened, and then leaps with every look.</summary>
    private sealed class WaitingTime(Func<bool> happened) : TimeProvider
    {
        private long looks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => happened() ? Interlocked.Increment(ref looks) * TimeSpan.TicksPerHour : 0;
    }
}
