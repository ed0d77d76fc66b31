using System.Collections.Concurrent;
using Dapper;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Data.Sqlite;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>A change of how a run trains goes to some agents first, and ends by itself.</summary>
public sealed class RolloutTests : IDisposable
{
    private const int Rounds = 12;
    private const int Held = 6;

    private static readonly string[] Agents = ["a", "b", "c", "d"];

    private readonly TemporaryFolder folder = new();

    /// <summary>Steps that agents were asked for, by round and agent.</summary>
    private readonly ConcurrentDictionary<(int Round, string Agent), int> asked = [];

    public void Dispose() => folder.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_trains_worse_is_withdrawn_and_nobody_has_it_any_more()
    {
        await using FleetRig rig = await StartAsync(worse: true);
        (Guid run, Rollout begun, TaskCompletionSource mayGoOn) = await BegunAsync(rig);
        mayGoOn.SetResult();
        RunDetail detail = await EndedAsync(rig, run);
        Rollout ended = Assert.Single(detail.Rollouts);

        Assert.Equal(RolloutState.Withdrawn, ended.State);
        Assert.StartsWith("it trains worse, by over 0.05", ended.Reason, StringComparison.Ordinal);
        Assert.InRange(ended.Measured, 1, 2);
        Assert.Equal((ended.Measured, 3 * ended.Measured), (ended.First.Tasks, ended.Others.Tasks));
        Assert.Equal(3, (int)detail.Spec["training"]!["steps"]!);
        string first = Assert.Single(begun.Agents);
        Assert.All(asked.Where(task => task.Key.Round < begun.FromRound || task.Key.Agent != first), task => Assert.Equal(3, task.Value));
        Assert.Equal(7, asked[(begun.FromRound, first)]);
        Assert.Equal(3, asked[(Rounds, first)]);
    }

    [Fact]
    public async Task What_is_no_worse_is_given_to_all_also_over_a_restart()
    {
        await using FleetRig rig = await StartAsync(worse: false);
        (Guid run, Rollout begun, TaskCompletionSource mayGoOn) = await BegunAsync(rig);
        await rig.RestartAsync();
        Assert.Equal(begun.Agents, (await rig.FindAsync(run)).Rollouts[0].Agents);
        mayGoOn.SetResult();
        RunDetail detail = await EndedAsync(rig, run);
        Rollout ended = Assert.Single(detail.Rollouts);

        Assert.Equal((RolloutState.Finished, 2, 0.5), (ended.State, ended.Measured, ended.First.LossRatio));
        Assert.Equal(7, (int)detail.Spec["training"]!["steps"]!);
        Assert.Equal(7, asked[(begun.FromRound, begun.Agents[0])]);
        Assert.Equal([3, 3, 3], Agents.Except(begun.Agents).Select(agent => asked[(begun.FromRound, agent)]));
        Assert.Equal([7, 7, 7, 7], Agents.Select(agent => asked[(Rounds, agent)]));
    }

    [Fact]
    public async Task An_operator_ends_one_and_one_that_the_run_outlives_is_withdrawn()
    {
        await using FleetRig rig = await StartAsync(worse: false);
        (Guid run, _, TaskCompletionSource mayGoOn) = await BegunAsync(rig);

        Rollout ended = (await rig.Runs.EndRolloutAsync(FleetRig.Command(), run, new RolloutEnd(Finish: false, "not today"), Stop)).Rollouts[^1];
        Assert.Equal((RolloutState.Withdrawn, "by operator: not today"), (ended.State, ended.Reason));
        ServiceRefusedException none = await Assert.ThrowsAsync<ServiceRefusedException>(
            () => rig.Runs.EndRolloutAsync(FleetRig.Command(), run, new RolloutEnd(Finish: true), Stop));
        Assert.Equal($"No rollout of run {run} is under way.", none.Message);

        Rollout second = (await rig.Runs.RollOutAsync(FleetRig.Command(), run, Request() with { Rounds = 10 }, Stop)).Rollouts[^1];
        Assert.Equal((2, RolloutState.UnderWay), (second.Number, second.State));
        await rig.Runs.CancelAsync(FleetRig.Command(), run, "enough", Stop);
        mayGoOn.SetResult();
        await rig.OutcomeAsync(run);
        await FleetRig.UntilAsync(async () => (await rig.FindAsync(run)).Rollouts[^1].State != RolloutState.UnderWay);

        Assert.Equal("the run was over after 0 of 10 rounds", (await rig.FindAsync(run)).Rollouts[^1].Reason);
    }

    [Theory]
    [InlineData("set is empty", 0.2, 2, 0.05)]
    [InlineData("share is 0.6; it must be above 0, up to 0.5", 0.6, 2, 0.05, "training.steps=7")]
    [InlineData("share is NaN", double.NaN, 2, 0.05, "training.steps=7")]
    [InlineData("rounds is 0; it must be 1 … 100", 0.2, 0, 0.05, "training.steps=7")]
    [InlineData("margin is -1; it must be 0 … 1", 0.2, 2, -1, "training.steps=7")]
    [InlineData("training.codec cannot be tried with some agents first", 0.2, 2, 0.05, "training.codec=fp32")]
    [InlineData("training.steps is 0; it must be", 0.2, 2, 0.05, "training.steps=0")]
    [InlineData("The run trains like that already (training.steps=3).", 0.2, 2, 0.05, "training.steps=3")]
    [InlineData("needs agents of contract version", 0.2, 2, 0.05, "training.proximal=0.1")]
    [InlineData("The change would be measured in rounds ", 0.2, 50, 0.05, "training.steps=7")]
    public async Task What_cannot_be_tried_is_refused_with_what_would_be_right(
        string sentence, double share, int rounds, double margin, params string[] set)
    {
        await using FleetRig rig = await StartAsync(worse: false);
        (Guid run, TaskCompletionSource mayGoOn) = await UnderWayAsync(rig);

        ServiceRefusedException refused = await Assert.ThrowsAsync<ServiceRefusedException>(() => rig.Runs.RollOutAsync(
            FleetRig.Command(), run, new RolloutRequest { Set = set, Share = share, Rounds = rounds, Margin = margin }, Stop));

        string said = string.Join('\n', refused.Mistakes.Select(mistake => mistake.Sentence).Append(refused.Message));
        Assert.Contains(sentence, said, StringComparison.Ordinal);
        Assert.Empty((await rig.FindAsync(run)).Rollouts);
        mayGoOn.SetResult();
    }

    [Fact]
    public async Task Pinned_agents_are_never_first_and_a_second_rollout_waits_for_the_first()
    {
        await using FleetRig rig = await StartAsync(worse: false);
        (Guid run, TaskCompletionSource mayGoOn) = await UnderWayAsync(rig);
        foreach (string agent in Agents[..3])
        {
            await rig.Host.Fleet.LabelAsync(
                FleetRig.Command(), agent, new LabelChange { Set = new Dictionary<string, string> { ["rollout"] = "pinned" } }, Stop);
        }

        RunDetail detail = await rig.Runs.RollOutAsync(FleetRig.Command(), run, Request(), Stop);
        ServiceRefusedException second = await Assert.ThrowsAsync<ServiceRefusedException>(
            () => rig.Runs.RollOutAsync(FleetRig.Command(), run, Request(), Stop));

        Assert.Equal(["d"], detail.Rollouts[0].Agents);
        Assert.Equal($"Rollout 1 of run {run} is under way (training.steps=7).", second.Message);
        mayGoOn.SetResult();
    }

    /// <summary>Noise protects no agent's figures, and control variates are made of updates of one rate.</summary>
    public static TheoryData<Func<RunSpec, RunSpec>, string> NotToBeTried => new()
    {
        {
            spec => spec with
            {
                Privacy = new PrivacyRunOptions { NoiseMultiplier = 4, ClipNorm = 0.2, Budget = 100 },
                Aggregation = spec.Aggregation with { Strategy = "FfaLora" },
                Training = spec.Training with { UpdateCodec = "fp32", BroadcastCodec = "fp32" },
            },
            "In a private run no agent's figures may decide anything: no noise protects them."
        },
        {
            spec => spec with
            {
                Aggregation = spec.Aggregation with { Strategy = "FedIT", Gauge = Gauge.Anchored },
                Training = spec.Training with { ControlVariates = true },
            },
            "The run has training.controlVariates, which hold only where all agents train alike."
        },
    };

    [Theory]
    [MemberData(nameof(NotToBeTried))]
    public async Task A_run_in_which_nothing_can_be_tried_refuses_with_the_reason(Func<RunSpec, RunSpec> spec, string reason)
    {
        await using FleetRig rig = await StartAsync(worse: false);
        (Guid run, TaskCompletionSource mayGoOn) = await UnderWayAsync(rig, spec);

        ServiceRefusedException refused = await Assert.ThrowsAsync<ServiceRefusedException>(
            () => rig.Runs.RollOutAsync(FleetRig.Command(), run, Request(), Stop));

        Assert.Equal(reason, refused.Message);
        mayGoOn.SetResult();
    }

    [Fact]
    public async Task Agents_of_each_version_are_counted_with_what_came_of_their_tasks()
    {
        await using FleetRig rig = await StartAsync(worse: false);
        (_, TaskCompletionSource mayGoOn) = await UnderWayAsync(rig);
        Assert.Equal(new RolloutGroup(), Assert.Single(await rig.Host.Fleet.VersionsAsync(Stop)).Tasks);
        mayGoOn.SetResult();
        await rig.Events.SeenAsync(e => e.Kind == RunEventKind.RoundOpened && e.Round == Held);

        VersionGroup version = Assert.Single(await rig.Host.Fleet.VersionsAsync(Stop));

        Assert.Equal(("test", false, 4, 4), (version.Version, version.IsWanted, version.Online, version.Agents));
        Assert.Equal(new RolloutGroup { Tasks = 20, LossRatio = 0.5 }, version.Tasks);
    }

    /// <summary>What earlier releases stored: no version of an agent's, and no word about since when it has it.</summary>
    [Fact]
    public async Task Agents_that_were_stored_without_what_is_known_today_are_counted_too()
    {
        await using FleetRig rig = await StartAsync(worse: false);
        (_, TaskCompletionSource mayGoOn) = await UnderWayAsync(rig);
        mayGoOn.SetResult();
        await rig.Events.SeenAsync(e => e.Kind == RunEventKind.RoundOpened && e.Round == Held);
        await rig.Host.DieAsync();
        using (var state = new SqliteConnection($"Data Source={Path.Combine(rig.StateFolder, "coordinator.db")};Pooling=False"))
        {
            await state.ExecuteAsync("UPDATE fleet SET body = json_set(body, '$.Hello.Build', NULL) WHERE agent = 'a'");
            await state.ExecuteAsync("UPDATE fleet SET body = json_remove(body, '$.BuildSince') WHERE agent = 'b'");
        }

        await rig.ServeAsync();
        IReadOnlyList<VersionGroup> versions = await rig.Host.Fleet.VersionsAsync(Stop);

        Assert.Equal([("test", 3, 10), ("unknown", 1, 5)], versions.Select(version => (version.Version, version.Agents, version.Tasks.Tasks)));
        Assert.Equal("unknown", (await rig.Host.Fleet.FindAsync("a", Stop)).Summary.Version);
    }

    private static RolloutRequest Request() => new() { Set = ["training.steps=7"], Share = 0.25, Rounds = 2 };

    /// <summary>Holds agents at their first tasks.</summary>
    private TaskCompletionSource gate = new();

    /// <summary>Holds them in a later round, until the rollout has ended.</summary>
    private readonly TaskCompletionSource ended = new();

    private async Task<FleetRig> StartAsync(bool worse)
    {
        FleetRig rig = await FleetRig.StartAsync(folder);
        foreach (string agent in Agents)
        {
            await rig.AddAsync(
                (offer, stop) =>
                {
                    if (offer.Kind != TaskKind.Train)
                    {
                        return Task.CompletedTask;
                    }

                    asked[(offer.Header.Round, agent)] = offer.Hyper!.Steps;
                    return (offer.Header.Round == Held ? ended : gate).Task.WaitAsync(stop);
                },
                offer => worse && offer.Hyper?.Steps == 7 ? 1.4 : 0.5,
                agent);
        }

        return rig;
    }

    private async Task<(Guid Run, TaskCompletionSource MayGoOn)> UnderWayAsync(FleetRig rig, Func<RunSpec, RunSpec>? spec = null)
    {
        gate = new TaskCompletionSource();
        Guid run = await rig.SubmitAsync("tried", Rounds, agentsNeeded: 4, spec);
        await rig.Events.SeenAsync(e => e.Kind == RunEventKind.RoundOpened && e.RunId == run);
        return (run, gate);
    }

    private async Task<RunDetail> EndedAsync(FleetRig rig, Guid run)
    {
        await FleetRig.UntilAsync(async () => (await rig.FindAsync(run)).Rollouts[^1].State != RolloutState.UnderWay);
        ended.SetResult();
        Assert.Equal(RunStatus.Completed, (await rig.OutcomeAsync(run)).Status);
        return await rig.FindAsync(run);
    }

    private async Task<(Guid Run, Rollout Begun, TaskCompletionSource MayGoOn)> BegunAsync(FleetRig rig)
    {
        (Guid run, TaskCompletionSource mayGoOn) = await UnderWayAsync(rig);
        Rollout begun = (await rig.Runs.RollOutAsync(FleetRig.Command(), run, Request(), Stop)).Rollouts[0];
        Assert.InRange(begun.FromRound, 2, 3);
        return (run, begun, mayGoOn);
    }
}
