using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.EdgeAgent.Training;
using static EdgeFlora.EdgeAgent.Tests.Trainers.ScriptedTrainer;

namespace EdgeFlora.EdgeAgent.Tests.Trainers;

/// <summary>Programs that crash, hang, decline or are told to stop.</summary>
public sealed class TrainerProcessTests : IDisposable
{
    private readonly ScriptedTrainer trainer = new();

    public void Dispose() => trainer.Dispose();

    [Fact]
    public void A_crash_is_told_with_exit_code_and_last_words_in_one_line()
    {
        TrainerFailedException failure = Assert.Throws<TrainerFailedException>(
            () => trainer.Run("""echo chatter; printf 'Traceback\n\tno \033such file\n' >&2; exit 3"""));

        Assert.Equal("The trainer ended with exit code 3; its last words: Traceback | no  such file.", failure.Message);
        Assert.True(failure.Retryable);
    }

    [Fact]
    public void A_program_that_does_not_do_such_tasks_declines_in_its_own_words()
    {
        DeclinedException refusal = Assert.Throws<DeclinedException>(() => trainer.Run("echo 'it knows no dora' >&2; exit 69"));

        Assert.Equal((DeclineReason.Contract, "The trainer does not do such tasks: it knows no dora"), (refusal.Reason, refusal.Message));
    }

    [Fact]
    public void A_program_that_is_not_there_is_named()
    {
        TrainerFailedException failure = Assert.Throws<TrainerFailedException>(
            () => trainer.Run("", options => options with { Trainer = options.Trainer! with { Command = ["/nowhere/trainer"] } }));

        Assert.StartsWith("The trainer /nowhere/trainer could not be started: ", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10, null, "wrote no progress for 00:00:10 (trainer.silence) and was ended; its last words: loading")]
    [InlineData(86_400, 60.0, "was not done after 00:01:00 (trainer.time) and was ended; its last words: loading")]
    public void A_program_that_hangs_is_ended(int silence, double? time, string said)
    {
        TrainerFailedException failure = Assert.Throws<TrainerFailedException>(() => trainer.Run(
            """echo $$ > "$1/id"; echo loading >&2; exec sleep 1000""",
            options => options with
            {
                Trainer = options.Trainer! with
                {
                    Silence = TimeSpan.FromSeconds(silence),
                    Time = time is { } most ? TimeSpan.FromSeconds(most) : null,
                },
            },
            clock: new WaitingTime(() => File.Exists(trainer.IdFile))));

        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
        Assert.False(trainer.IsAlive());
    }

    [Fact]
    public void A_program_that_is_killed_goes_on_from_its_checkpoint()
    {
        TrainedUpdate update = trainer.Run($$"""
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
        TrainerFailedException failure = Assert.Throws<TrainerFailedException>(
            () => trainer.Run("""echo x >> "$1/starts"; echo 'so long' >&2; kill -9 $$"""));

        Assert.Equal("The trainer was killed by signal 9; its last words: so long.", failure.Message);
        Assert.Equal(3, File.ReadAllLines(Path.Combine(trainer.Folder.In("trained"), "starts")).Length);
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
        Task<TrainedUpdate> first = Task.Run(() => trainer.Run(Stoppable, board: board, cancel: cancelled.Token));
        await Bench.UntilAsync(() => board.Now.Step == 7);

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.True(Directory.Exists(Path.Combine(trainer.Work, "checkpoint")));
        trainer.Run("[ -d \"$2/checkpoint\" ] && " + Honest);
    }

    [Fact]
    public async Task A_program_that_does_not_listen_is_killed_after_its_grace()
    {
        using var cancelled = new CancellationTokenSource();
        var board = new TaskProgressBoard();
        Task<TrainedUpdate> run = Task.Run(() => trainer.Run(
            """trap '' TERM; echo $$ > "$1/id"; echo '{"step": 1, "loss": 1}' >> "$2/progress.jsonl"; while :; do sleep 1000; done""",
            options => options with { Trainer = options.Trainer! with { Grace = TimeSpan.Zero } },
            board: board,
            cancel: cancelled.Token));
        await Bench.UntilAsync(() => board.Now.Step == 1);

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.False(trainer.IsAlive());
    }

    [Fact]
    public void A_program_learns_no_secrets_and_keeps_to_its_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "prlimit is a program of Linux.");
        Environment.SetEnvironmentVariable("EDGEFLORA_TEST_SECRET", "topsecret");

        TrainerFailedException failure = Assert.Throws<TrainerFailedException>(() => trainer.Run(
            """ulimit -d >&2; env | grep -i -e ^EDGEFLORA -e ^CREDENTIALS >&2; exit 3""",
            options => options with { Trainer = options.Trainer! with { MemoryBytes = 64 << 20 } }));

        Assert.Equal("The trainer ended with exit code 3; its last words: 65536.", failure.Message);
    }

    [Fact]
    public async Task Threads_and_programs_that_train_are_as_nice_as_the_owner_says()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no niceness.");

        (int thread, string program) = await TrainingThread.RunAsync(
            "nice",
            19,
            () => (Limits.Niceness.Current(), Assert.Throws<TrainerFailedException>(() => trainer.Run("nice >&2; exit 1")).Message));

        Assert.Equal(19, thread);
        Assert.EndsWith("its last words: 19.", program, StringComparison.Ordinal);
    }

    /// <summary>Stands still until something has happened, and then leaps with every look.</summary>
    private sealed class WaitingTime(Func<bool> happened) : TimeProvider
    {
        private long looks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => happened() ? Interlocked.Increment(ref looks) * TimeSpan.TicksPerHour : 0;
    }
}
