using EdgeFlora.Adapters.Peft;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Rounds;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>Whole runs over the in-memory bus, with agents that speak the contracts.</summary>
public sealed class CoordinatorServiceTests : IDisposable
{
    private static readonly string[] Agents = ["a", "b", "c"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_run_commits_every_round_has_each_model_measured_and_writes_its_adapter()
    {
        CoordinatorOptions options = Settings.For(folder);
        await using Federation federation = await Federation.StartAsync(folder, options with { Rounds = options.Rounds with { Evaluators = 1 } });
        await federation.AddAsync(Agents);
        await federation.AddAsync("judge", AgentRole.Evaluator);

        RunOutcome outcome = await federation.RunAsync();

        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.Equal([1, 2], outcome.Rounds.Select(round => round.Round));
        Assert.All(outcome.Rounds, round => Assert.Equal(Agents, round.Figures!.Accepted));
        Assert.All(outcome.Rounds, round => Assert.Equal(3 * round.Agents[0].Bytes, round.Figures!.BytesUp));
        Assert.Equal([0, 1, 2], outcome.Evaluations.Select(evaluation => evaluation.Round));
        Assert.Equal(2, PeftFolder.Read(outcome.AdapterFolder!).Settings.Rank);
        Assert.Contains(
            outcome.ModelSha256!, await File.ReadAllTextAsync(outcome.LedgerFile!, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_that_is_over_is_reported_into_its_folder_and_a_report_that_fails_takes_nothing_from_it(bool fails)
    {
        CoordinatorOptions options = Settings.For(folder, rounds: 1);
        options = options with { Rounds = options.Rounds with { FinalMeasure = true } };
        await using Federation federation = await Federation.StartAsync(folder, options);
        await federation.AddAsync(Agents);
        var reports = new List<(RunDetail Run, IReadOnlyList<RunEvent> Events, string Folder)>();
        var service = new CoordinatorService(federation.Bus, options, TimeProvider.System, NullLoggerFactory.Instance)
        {
            WriteReport = (run, events, into) =>
            {
                reports.Add((run, events, into));
                if (fails)
                {
                    throw new InvalidOperationException("a fault of the writer");
                }
            },
        };

        RunOutcome outcome = await service.RunAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        Assert.Equal(RunStatus.Completed, outcome.Status);
        (RunDetail reported, IReadOnlyList<RunEvent> happened, string place) = Assert.Single(reports);
        Assert.Equal((RunState.Completed, 1, options.OutputFolder), (reported.Summary.State, reported.PublishedRound, place));
        Assert.Equal(Agents, reported.FinalMeasures!.Agents.Where(agent => agent.Missing is null).Select(agent => agent.AgentId));
        Assert.Equal(RunEventKind.RunCompleted, happened[^1].Kind);
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task All_that_a_run_leaves_in_its_state_folder_is_its_owners()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix modes");
        const UnixFileMode Others =
            UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite
            | UnixFileMode.OtherExecute;
        await using Federation federation = await Federation.StartAsync(folder, Settings.For(folder));
        await federation.AddAsync(Agents);

        await federation.RunAsync();

        string[] left = [folder["state"], .. Directory.GetFileSystemEntries(folder["state"], "*", SearchOption.AllDirectories)];
        Assert.InRange(left.Length, 5, int.MaxValue);
        Assert.All(left, entry => Assert.Equal((entry, UnixFileMode.None), (entry, File.GetUnixFileMode(entry) & Others)));
    }

    [Fact]
    public async Task The_model_does_not_depend_on_the_order_in_which_results_arrive()
    {
        var hashes = new HashSet<string>();
        foreach (string order in new[] { "abc", "cba", "bca" })
        {
            using var own = new TemporaryFolder();
            await using Federation federation = await Federation.StartAsync(own, Settings.For(own));
            foreach (string agent in Agents)
            {
                int place = order.IndexOf(agent, StringComparison.Ordinal);
                await federation.AddAsync(agent, onOffer: (offer, _) => place == 0
                    ? Task.CompletedTask
                    : federation.SeenAsync(
                        e => e.Kind == RunEventKind.ResultAccepted && e.Round == offer.Header.Round && e.AgentId == order[place - 1].ToString()));
            }

            RunOutcome outcome = await federation.RunAsync();
            hashes.UnionWith(outcome.Rounds.Select(round => $"{round.Round}: {round.Figures!.ModelSha256}"));
        }

        Assert.Equal(2, hashes.Count);
    }

    public static TheoryData<string, int> Crashes => new()
    {
        { "before open", 1 }, { "after open", 1 }, { "before accept", 1 }, { "after accept", 1 }, { "before accept", 2 }, { "before freeze", 1 }, { "after freeze", 1 },
        { "before commit", 1 }, { "after commit", 1 }, { "after freeze", 2 }, { "before commit", 2 }, { "before end", 1 }, { "after end", 1 },
    };

    [Theory]
    [MemberData(nameof(Crashes))]
    public async Task A_coordinator_that_dies_is_succeeded_and_the_models_are_the_same_to_the_bit(string failpoint, int time)
    {
        RunOutcome undisturbed = await Undisturbed.Value;
        await using Federation federation = await Federation.StartAsync(folder, Settings.For(folder));
        List<ScriptedAgent> agents = await federation.AddAsync(Agents);
        int passed = 0;

        await Assert.ThrowsAsync<SimulatedCrashException>(() => federation.RunAsync(at =>
        {
            if (at == failpoint && ++passed == time)
            {
                throw new SimulatedCrashException();
            }
        }));
        RunOutcome outcome = await federation.RunAsync();

        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.Equal(undisturbed.Rounds.Select(round => round.Figures!.ModelSha256), outcome.Rounds.Select(round => round.Figures!.ModelSha256));
        Assert.All(outcome.Rounds, round => Assert.Equal(Agents, round.Figures!.Accepted));
        await Task.WhenAll(agents.SelectMany(agent => new[] { agent.CommittedAsync(1), agent.CommittedAsync(2) }));
    }

    [Fact]
    public async Task A_round_whose_aggregation_takes_three_coordinators_with_it_ends_with_that_reason_and_the_run_goes_on()
    {
        await using Federation federation = await Federation.StartAsync(folder, Settings.For(folder));
        await federation.AddAsync(Agents);
        for (int time = 1; time <= RoundHandler.MaxAggregations; time++)
        {
            await Assert.ThrowsAsync<SimulatedCrashException>(() => federation.RunAsync(at =>
            {
                if (at == "before commit")
                {
                    throw new SimulatedCrashException();
                }
            }));
        }

        RunOutcome outcome = await federation.RunAsync();

        RunEvent skipped = await federation.SeenAsync(happened => happened.Kind == RunEventKind.RoundSkipped);
        Assert.Equal(
            (1, "the aggregation was begun 3 times and the coordinator ended each time before it was done; is there enough memory for 3 updates?"),
            (skipped.Round, skipped.Detail));
        Assert.Equal(RunStatus.Incomplete, outcome.Status);
        Assert.Equal(Agents, outcome.Rounds[1].Figures!.Accepted);
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
        Assert.Equal((await Undisturbed.Value).ModelSha256, outcome.ModelSha256);
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

        await federation.AddAsync(Agents);

        TermLostException lost = await Assert.ThrowsAsync<TermLostException>(() => running);
        Assert.Contains("has taken the run over from this one (term 1)", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_dies_at_work_is_replaced_when_it_comes_back_without_its_journal()
    {
        await using Federation federation = await Federation.StartAsync(folder, Settings.For(folder));
        await federation.AddAsync(["a", "b"]);
        ScriptedAgent dying = await federation.AddAsync("c", onOffer: (_, stop) => Task.Delay(Timeout.Infinite, stop));
        Task<RunOutcome> running = federation.RunAsync();
        await federation.SeenAsync(e => e.Kind == RunEventKind.ResultAccepted && e.AgentId == "a");
        await dying.DisposeAsync();

        await federation.AddAsync("c", boot: 2);

        Assert.Equal((await Undisturbed.Value).ModelSha256, (await running).ModelSha256);
    }

    [Fact]
    public async Task A_round_goes_on_without_an_agent_that_is_silent_and_lists_it()
    {
        CoordinatorOptions options = Settings.For(folder, roundOptions: new RoundOptions
        {
            Count = 1,
            MinAgents = 3,
            Quorum = 0.6,
            LeaseGrace = TimeSpan.FromSeconds(2),
            OfferTimeout = TimeSpan.FromSeconds(1),
        });
        await using Federation federation = await Federation.StartAsync(folder, options);
        await federation.AddAsync(["a", "b"]);
        await federation.AddAsync("c", onOffer: (_, stop) => Task.Delay(Timeout.Infinite, stop));

        RoundFigures figures = Assert.Single((await federation.RunAsync()).Rounds).Figures!;

        Assert.Equal(["a", "b"], figures.Accepted);
        Assert.Equal(["c"], figures.Dropped);
        Assert.Equal(3, figures.Offered);
    }

    [Fact]
    public async Task A_run_that_finds_too_few_agents_fails_and_names_the_missing()
    {
        CoordinatorOptions options = Settings.For(
            folder, roundOptions: new RoundOptions { Count = 1, MinAgents = 2, ExpectedAgents = ["a", "z"], StartTimeout = TimeSpan.FromSeconds(1) });
        await using Federation federation = await Federation.StartAsync(folder, options);
        await federation.AddAsync(["a"]);

        RunOutcome outcome = await federation.RunAsync();

        Assert.Equal(RunStatus.Failed, outcome.Status);
        Assert.Equal("The run did not start: 1 of 2 agents needed were there within 00:00:01; missing: z.", outcome.Failure);
    }

    [Fact]
    public async Task A_finished_run_answers_with_its_outcome_and_does_nothing()
    {
        await using Federation federation = await Federation.StartAsync(folder, Settings.For(folder));
        await federation.AddAsync(Agents);
        RunOutcome first = await federation.RunAsync();

        RunOutcome again = await federation.RunAsync();

        Assert.Equal((first.Status, first.ModelSha256), (again.Status, again.ModelSha256));
    }

    [Fact]
    public async Task A_run_that_an_earlier_build_began_goes_on_in_its_folder()
    {
        CoordinatorOptions options = Settings.For(folder);
        await using Federation federation = await Federation.StartAsync(folder, options);
        await federation.AddAsync(Agents);
        await Assert.ThrowsAsync<SimulatedCrashException>(() => federation.RunAsync(at =>
        {
            if (at == "after commit")
            {
                throw new SimulatedCrashException();
            }
        }));
        BaseModelFiles model = await BaseModelFiles.ReadAsync(options, TestContext.Current.CancellationToken);
        OldState.Make(options, CoordinatorService.Config(options, model).ToJsonString());

        RunOutcome outcome = await federation.RunAsync();

        Assert.Equal((RunStatus.Completed, (await Undisturbed.Value).ModelSha256), (outcome.Status, outcome.ModelSha256));
        Assert.True(new Transport.Blobs.BlobStore(Settings.Bodies(options)).Contains(outcome.Rounds[0].Figures!.ModelSha256));
    }

    /// <summary>The run that nothing happens to, for comparison.</summary>
    private static readonly Lazy<Task<RunOutcome>> Undisturbed = new(async () =>
    {
        using var folder = new TemporaryFolder();
        await using Federation federation = await Federation.StartAsync(folder, Settings.For(folder));
        await federation.AddAsync(Agents);
        return await federation.RunAsync();
    });

    private static void Overtake(CoordinatorOptions options)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={options.Store.DatabaseFile};Pooling=False");
        connection.Open();
        using Microsoft.Data.Sqlite.SqliteCommand command = connection.CreateCommand();
        command.CommandText = "UPDATE coord_lease SET term = term + 1, holder = 'a rival'";
        command.ExecuteNonQuery();
    }
}
