using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Rounds;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>Coordinators that end in the middle of a run, and those that go on with it.</summary>
public sealed class SucceededCoordinatorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, int> Crashes => new()
    {
        { "before open", 1 }, { "after open", 1 }, { "before accept", 1 }, { "after accept", 1 },
        { "before accept", 2 }, { "before freeze", 1 }, { "after freeze", 1 },
        { "before commit", 1 }, { "after commit", 1 }, { "after freeze", 2 }, { "before commit", 2 }, { "before end", 1 }, { "after end", 1 },
    };

    [Theory]
    [MemberData(nameof(Crashes))]
    public async Task A_coordinator_that_dies_is_succeeded_and_the_models_are_the_same_to_the_bit(string failpoint, int time)
    {
        RunOutcome undisturbed = await UndisturbedRun.Outcome.Value;
        await using Federation federation = await Federation.StartAsync(folder, Settings.For(folder));
        List<ScriptedAgent> agents = await federation.AddAsync(UndisturbedRun.Agents);

        await federation.CrashAsync(failpoint, time);
        RunOutcome outcome = await federation.RunAsync();

        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.Equal(undisturbed.Rounds.Select(round => round.Figures!.ModelSha256), outcome.Rounds.Select(round => round.Figures!.ModelSha256));
        Assert.All(outcome.Rounds, round => Assert.Equal(UndisturbedRun.Agents, round.Figures!.Accepted));
        await Task.WhenAll(agents.SelectMany(agent => new[] { agent.CommittedAsync(1), agent.CommittedAsync(2) }));
    }

    [Fact]
    public async Task A_round_whose_aggregation_takes_three_coordinators_with_it_ends_with_that_reason_and_the_run_goes_on()
    {
        await using Federation federation = await Federation.StartAsync(folder, Settings.For(folder));
        await federation.AddAsync(UndisturbedRun.Agents);
        for (int time = 1; time <= RoundHandler.MaxAggregations; time++)
        {
            await federation.CrashAsync("before commit");
        }

        RunOutcome outcome = await federation.RunAsync();

        RunEvent skipped = await federation.SeenAsync(happened => happened.Kind == RunEventKind.RoundSkipped);
        Assert.Equal(
            (1, "the aggregation was begun 3 times and the coordinator ended each time before it was done; is there enough memory for 3 updates?"),
            (skipped.Round, skipped.Detail));
        Assert.Equal(RunStatus.Incomplete, outcome.Status);
        Assert.Equal(UndisturbedRun.Agents, outcome.Rounds[1].Figures!.Accepted);
    }

    [Fact]
    public async Task A_coordinator_killed_in_the_middle_of_a_round_is_succeeded_while_agents_work_on()
    {
        await using Federation federation = await Federation.StartAsync(folder, Settings.For(folder));
        var mayFinish = new TaskCompletionSource();
        await federation.AddAsync(["a", "b"]);
        await federation.AddAsync("c", onOffer: (_, _) => mayFinish.Task);
        CoordinatorService first = federation.NewCoordinator();
        Task<RunOutcome> running = first.RunAsync(CancellationToken.None);
        await federation.SeenAsync(e => e.Kind == RunEventKind.ResultAccepted && e.AgentId == "a");
        await federation.SeenAsync(e => e.Kind == RunEventKind.ResultAccepted && e.AgentId == "b");

        await first.DieAsync();
        mayFinish.SetResult();
        RunOutcome outcome = await federation.RunAsync();

        Assert.Equal(RunStatus.Interrupted, (await running).Status);
        Assert.Equal((await UndisturbedRun.Outcome.Value).ModelSha256, outcome.ModelSha256);
        await federation.SeenAsync(e => e.Kind == RunEventKind.CoordinatorRecovered && e.Round == 1);
    }

    [Fact]
    public async Task A_second_coordinator_on_the_same_state_is_turned_away()
    {
        await using Federation federation = await Federation.StartAsync(folder, Settings.For(folder));
        CoordinatorService first = federation.NewCoordinator();
        Task<RunOutcome> running = first.RunAsync(CancellationToken.None);
        await federation.SeenAsync(e => e.Kind == RunEventKind.CoordinatorStarted);

        StateFolderException refused = await Assert.ThrowsAsync<StateFolderException>(() => federation.RunAsync());

        Assert.Contains("in use by another coordinator", refused.Message, StringComparison.Ordinal);
        Assert.False(running.IsCompleted);
        await first.DieAsync();
    }

    [Fact]
    public async Task An_overtaken_coordinator_stops_and_says_so()
    {
        CoordinatorOptions options = Settings.For(folder);
        await using Federation federation = await Federation.StartAsync(folder, options);
        Task<RunOutcome> running = federation.RunAsync();
        await federation.SeenAsync(e => e.Kind == RunEventKind.CoordinatorStarted);
        Overtake(options);

        await federation.AddAsync(UndisturbedRun.Agents);

        TermLostException lost = await Assert.ThrowsAsync<TermLostException>(() => running);
        Assert.Contains("has taken the run over from this one (term 1)", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_an_earlier_build_began_goes_on_in_its_folder()
    {
        CoordinatorOptions options = Settings.For(folder);
        await using Federation federation = await Federation.StartAsync(folder, options);
        await federation.AddAsync(UndisturbedRun.Agents);
        await federation.CrashAsync("after commit");
        BaseModelFiles model = await BaseModelFiles.ReadAsync(options, TestContext.Current.CancellationToken);
        OldState.Make(options, CoordinatorService.Config(options, model).ToJsonString());

        RunOutcome outcome = await federation.RunAsync();

        Assert.Equal((RunStatus.Completed, (await UndisturbedRun.Outcome.Value).ModelSha256), (outcome.Status, outcome.ModelSha256));
        Assert.True(new Transport.Blobs.BlobStore(Settings.Bodies(options)).Contains(outcome.Rounds[0].Figures!.ModelSha256));
    }

    private static void Overtake(CoordinatorOptions options)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={options.Store.DatabaseFile};Pooling=False");
        connection.Open();
        using Microsoft.Data.Sqlite.SqliteCommand command = connection.CreateCommand();
        command.CommandText = "UPDATE coord_lease SET term = term + 1, holder = 'a rival'";
        command.ExecuteNonQuery();
    }
}
