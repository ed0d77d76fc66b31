using EdgeFlora.Adapters.Peft;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>Whole runs over the in-memory bus, with agents that speak the contracts.</summary>
public sealed class CoordinatorServiceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_run_commits_every_round_has_each_model_measured_and_writes_its_adapter()
    {
        CoordinatorOptions options = Settings.For(folder);
        await using Federation federation = await Federation.StartAsync(folder, options with { Rounds = options.Rounds with { Evaluators = 1 } });
        await federation.AddAsync(UndisturbedRun.Agents);
        await federation.AddAsync("judge", AgentRole.Evaluator);

        RunOutcome outcome = await federation.RunAsync();

        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.Equal([1, 2], outcome.Rounds.Select(round => round.Round));
        Assert.All(outcome.Rounds, round => Assert.Equal(UndisturbedRun.Agents, round.Figures!.Accepted));
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
        await federation.AddAsync(UndisturbedRun.Agents);
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

        RunOutcome outcome = await service.RunAsync(TestContext.Current.CancellationToken).InTimeAsync();

        Assert.Equal(RunStatus.Completed, outcome.Status);
        (RunDetail reported, IReadOnlyList<RunEvent> happened, string place) = Assert.Single(reports);
        Assert.Equal((RunState.Completed, 1, options.OutputFolder), (reported.Summary.State, reported.PublishedRound, place));
        Assert.Equal(UndisturbedRun.Agents, reported.FinalMeasures!.Agents.Where(agent => agent.Missing is null).Select(agent => agent.AgentId));
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
        await federation.AddAsync(UndisturbedRun.Agents);

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
            foreach (string agent in UndisturbedRun.Agents)
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

    [Fact]
    public async Task A_finished_run_answers_with_its_outcome_and_does_nothing()
    {
        await using Federation federation = await Federation.StartAsync(folder, Settings.For(folder));
        await federation.AddAsync(UndisturbedRun.Agents);
        RunOutcome first = await federation.RunAsync();

        RunOutcome again = await federation.RunAsync();

        Assert.Equal((first.Status, first.ModelSha256), (again.Status, again.ModelSha256));
    }
}
