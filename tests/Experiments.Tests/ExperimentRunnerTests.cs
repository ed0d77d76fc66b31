using System.Text.Json;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Experiments.Results;

namespace EdgeFlora.Experiments.Tests;

public sealed class ExperimentRunnerTests : IDisposable
{
    private readonly Small small = new();

    public void Dispose() => small.Dispose();

    [Fact]
    public async Task Figures_are_the_same_for_any_number_of_threads()
    {
        Experiment experiment = Small.Experiment(
            "FedIT:prox=0.1", "FloraNA+fedyogi", "exact", "FedSaLora:personal-head", "RoLora", "RoLora:scaffold");

        ExperimentResult one = await small.RunAsync(experiment, "one", threads: 1);
        ExperimentResult four = await small.RunAsync(experiment, "four", threads: 4);

        Assert.Equal(Text(one), Text(four));
        Assert.All(one.Cells, cell => Assert.Equal(3, cell.Rounds.Count));
        Assert.All(one.Cells, cell => Assert.NotNull(cell.Accuracy));
        Assert.Equal(one.Cells.Count, one.Cells.Select(cell => cell.Rounds[^1].Model).Distinct().Count());
    }

    [Fact]
    public async Task Methods_share_what_agents_do_in_the_first_round()
    {
        await small.RunAsync(Small.Experiment("FedIT", "FloraNA", "OptimalRank+fedexp") with { Baselines = false, Rounds = 1 }, "shared");

        Assert.Equal(3, small.Lines("shared", "train").Count);
        Assert.Equal(3, small.Lines("shared", "merge").Count);
    }

    [Fact]
    public async Task After_an_interruption_nothing_is_trained_twice_and_nothing_else_comes_out()
    {
        Experiment experiment = Small.Experiment("FedIT:prox=0.1", "FedSaLora:personal-head", "OptimalRank+momentum", "FedIT:scaffold");
        ExperimentResult expected = await small.RunAsync(experiment, "whole");
        using var stop = new CancellationTokenSource();

        // In the middle of the second round.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => small.RunAsync(
            experiment,
            "broken",
            report: progress =>
            {
                if (progress.Doing.Contains("round 2", StringComparison.Ordinal) && progress.Done > 0.6 * progress.Total)
                {
                    stop.Cancel();
                }
            },
            stop: stop.Token));
        int before = small.Lines("broken", "train").Count;
        ExperimentResult resumed = await small.RunAsync(experiment, "broken");

        Assert.InRange(before, 1, small.Lines("whole", "train").Count - 1);
        Assert.Equal(Text(expected), Text(resumed));
        string[] trained = [.. small.Lines("broken", "train").Select(line => JsonDocument.Parse(line).RootElement.GetProperty("Key").GetString()!)];
        Assert.Equal(trained.Length, trained.Distinct().Count());
        Assert.Equal(small.Lines("whole", "train").Count, trained.Length);
    }

    [Fact]
    public async Task No_agent_is_worse_off_than_with_what_it_trained_itself_or_alone()
    {
        Experiment experiment = Small.Experiment("FedIT", "RoLora") with { Baselines = false };

        ExperimentResult without = await small.RunAsync(experiment, "without");
        ExperimentResult with = await small.RunAsync(experiment with { Training = experiment.Training with { Alone = true } }, "with");

        Assert.Equal(without.Cells.Select(cell => cell.Rounds[^1].Model), with.Cells.Select(cell => cell.Rounds[^1].Model));
        double[][] alone =
        [
            .. small.Lines("with", "beside").Select(line => JsonDocument.Parse(line).RootElement.GetProperty("Value").GetProperty("After")
                .EnumerateArray().Where(after => after.ValueKind == JsonValueKind.Number).Select(after => after.GetDouble()).ToArray()),
        ];
        Assert.Equal(3, alone.Length);
        Assert.Contains(alone, after => after.Length == 3);
        foreach ((CellFigures plain, CellFigures guarded) in without.Cells.Zip(with.Cells))
        {
            Assert.All(plain.GlobalByAgent.Zip(plain.KeptByAgent), pair => Assert.True((pair.Second ?? 0) >= (pair.First ?? 0)));
            Assert.All(plain.KeptByAgent.Zip(guarded.KeptByAgent), pair => Assert.True((pair.Second ?? 0) >= (pair.First ?? 0)));
            Assert.True(guarded.KeptByAgent.OfType<double>().Sum() >= alone.Where(after => after.Length > 0).Sum(after => after.Max()));
        }
    }

    [Fact]
    public async Task An_own_A_is_drawn_in_the_first_round_alone_and_by_each_agent_for_itself()
    {
        Experiment shared = Small.Experiment("FedIT", "FfaLora") with { Baselines = false, Rounds = 2 };
        Experiment unshared = shared with { Regimes = [shared.Regimes[0] with { SharedA = false }] };

        ExperimentResult one = await small.RunAsync(shared, "shared-a");
        ExperimentResult own = await small.RunAsync(unshared, "own-a");

        CellFigures[] fedIt = [one.Cells[0], own.Cells[0]];
        Assert.True(fedIt[1].Rounds[0].Whole > fedIt[0].Rounds[0].Whole, "Means of unlike factors are far from the mean product.");
        Assert.Equal(one.Cells[1].Rounds[^1].Model, own.Cells[1].Rounds[^1].Model);
        Assert.EndsWith(", A unshared", own.Cells[0].Cell.Regime.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_a_crash_broke_off_is_computed_again()
    {
        Experiment experiment = Small.Experiment("FedIT") with { Baselines = false };
        ExperimentResult expected = await small.RunAsync(experiment, "torn");
        string file = Path.Combine(small.Folder("torn"), "results.jsonl");
        string[] lines = File.ReadAllLines(file);
        File.WriteAllText(file, string.Join('\n', lines[..^1]) + "\n" + lines[^1][..20]);

        ExperimentResult resumed = await small.RunAsync(experiment, "torn");

        Assert.Equal(Text(expected), Text(resumed));
        Assert.Equal(lines.Length + 1, File.ReadAllLines(file).Length);
    }

    [Fact]
    public async Task Methods_and_rounds_that_are_added_later_begin_with_what_is_there()
    {
        Experiment first = Small.Experiment("FedIT") with { Baselines = false };
        Experiment more = Small.Experiment("FedIT", "FloraNA") with { Baselines = false, Rounds = 4 };
        ExperimentResult expected = await small.RunAsync(more, "at-once");
        await small.RunAsync(first, "grown");
        int before = small.Lines("grown", "train").Count;

        ExperimentResult grown = await small.RunAsync(more, "grown");

        Assert.Equal(Text(expected), Text(grown));
        // FedIT's fourth round, and FloraNA's but for the first, which is shared.
        Assert.Equal(before + 3 + 9, small.Lines("grown", "train").Count);
    }

    [Fact]
    public async Task Methods_may_differ_in_how_agents_train_and_what_stays_with_them()
    {
        Experiment experiment = Small.Experiment("FedIT", "FedIT:prox=50", "FedIT:personal-head", "FedSaLora:personal-head");

        ExperimentResult result = await small.RunAsync(experiment, "personal");

        (CellFigures plain, CellFigures head, CellFigures both) = (result.Cells[0], result.Cells[2], result.Cells[3]);
        Assert.Equal(4, result.Cells.Select(cell => cell.Rounds[^1].Model).Distinct().Count());

        // A head that is never sent takes no bytes, and a model without one labels nothing by itself.
        Assert.True(head.Rounds[0].BytesUp < plain.Rounds[0].BytesUp);
        Assert.Null(head.Rounds[0].Test);
        Assert.NotNull(head.Rounds[0].Whole);
        Assert.Null(both.Rounds[0].Whole);
        Assert.All([head, both], cell => Assert.Equal(3, cell.PersonalOnTest.Count));
        Assert.All([head, both], cell => Assert.Contains(cell.GlobalByAgent, accuracy => accuracy is not null));
        Assert.Single(result.Baselines);
        Assert.NotNull(result.Baselines[0].Centralised);
    }

    /// <summary>A federation whose rate falls from round to round is compared with trainings whose rate falls over their steps.</summary>
    [Fact]
    public async Task What_the_rate_does_over_rounds_it_does_over_the_steps_of_training_without_them()
    {
        Experiment experiment = Small.Experiment("FedIT") with { Rounds = 4 };

        await RunAsync("over-rounds", training => training with { RoundSchedule = RateSchedule.Cosine, WarmupRounds = 1 });
        await RunAsync("over-steps", training => training with { Schedule = RateSchedule.Cosine, WarmupFraction = 0.25 });
        await RunAsync("level", training => training);

        Assert.Equal(4, Keys("over-rounds").Count);
        Assert.Equal(Keys("over-steps"), Keys("over-rounds"));
        Assert.Empty(Keys("level").Intersect(Keys("over-rounds")));

        Task<ExperimentResult> RunAsync(string name, Func<TrainingOptions, TrainingOptions> with) =>
            small.RunAsync(experiment with { Training = with(experiment.Training) }, name);

        IReadOnlyList<string> Keys(string name) =>
        [
            .. small.Lines(name, "alone").Select(line => JsonDocument.Parse(line).RootElement.GetProperty("Key").GetString()!).Order(),
        ];
    }

    [Fact]
    public async Task Heads_averaged_by_class_are_another_model_from_the_same_updates()
    {
        ExperimentResult result = await small.RunAsync(
            Small.Experiment("FedIT", "FedIT:per-class-heads") with { Baselines = false, Rounds = 1 }, "heads");

        Assert.Equal(3, small.Lines("heads", "train").Count);
        Assert.Equal(2, result.Cells.Select(cell => cell.Rounds[0].Model).Distinct().Count());
        Assert.Equal(result.Cells[0].Rounds[0].Whole, result.Cells[1].Rounds[0].Whole);
    }

    [Fact]
    public async Task Fewer_agents_take_part_where_a_share_is_asked()
    {
        ExperimentResult result = await small.RunAsync(
            Small.Experiment("FedIT") with { Baselines = false, Regimes = [new Regime(4, 1, 0.5, 2, 2)] }, "share");

        Assert.All(result.Cells.Single().Rounds, round => Assert.Equal(2, round.Accepted));
        Assert.Equal(4, result.Cells.Single().GlobalByAgent.Count);
    }

    [Fact]
    public async Task Progress_ends_at_the_end()
    {
        var seen = new List<ExperimentProgress>();

        await small.RunAsync(Small.Experiment("FedIT", "FedSaLora"), "progress", report: seen.Add);

        Assert.Equal(seen.Select(progress => progress.Done).Order(), seen.Select(progress => progress.Done));
        Assert.InRange(seen[^1].Done / seen[^1].Total, 0.9, 1);
        Assert.Null(new ExperimentProgress(95, 100, 0.1, "").Remaining(TimeSpan.FromSeconds(10)));
        Assert.Equal(TimeSpan.FromSeconds(30), new ExperimentProgress(40, 100, 20, "").Remaining(TimeSpan.FromSeconds(10)));
    }

    /// <summary>Everything but the time that training took.</summary>
    private static string Text(ExperimentResult result) => JsonSerializer.Serialize(new
    {
        result.Baselines,
        Cells = result.Cells.Select(cell => cell with
        {
            Rounds = [.. cell.Rounds.Select(round => round with { TrainMilliseconds = 0, SlowestMilliseconds = 0 })],
        }),
    });
}
