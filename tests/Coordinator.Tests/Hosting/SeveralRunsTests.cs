using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>Runs that come and go on one fleet.</summary>
public sealed class SeveralRunsTests : IDisposable
{
    private static readonly string[] Agents = ["a", "b", "c"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Runs_on_one_fleet_give_the_models_that_each_gives_alone_and_a_later_one_trains_too()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        Guid first = await rig.SubmitAsync("first");
        Guid second = await rig.SubmitAsync("second");
        await rig.AddAsync(null, Agents);

        RunOutcome[] both = await Task.WhenAll(rig.OutcomeAsync(first), rig.OutcomeAsync(second));
        RunOutcome third = await rig.OutcomeAsync(await rig.SubmitAsync("third"));

        Assert.All(both.Append(third), outcome => Assert.Equal(RunStatus.Completed, outcome.Status));
        Assert.All(both, outcome => Assert.Equal(third.ModelSha256, outcome.ModelSha256));
        Assert.Equal(RunState.Completed, (await rig.FindAsync(second)).Summary.State);
        Assert.Equal(3, (await rig.Runs.ListAsync(new(), CancellationToken.None)).Items.Count);
    }

    /// <summary>Which of two equal runs begins is a matter of threads; while both ask, they take turns from then on.</summary>
    [Fact]
    public async Task Runs_of_equal_priority_take_turns()
    {
        const int Rounds = 3;
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        Guid first = await rig.SubmitAsync("first", Rounds);
        Guid second = await rig.SubmitAsync("second", Rounds);
        Task bothAsk = Task.WhenAll(AsksAsync(rig, first), AsksAsync(rig, second));
        var begins = new TaskCompletionSource<Guid>();
        await rig.AddAsync(
            async (offer, _) =>
            {
                // Nobody works before the other run asks for its next round.
                begins.TrySetResult(offer.Header.RunId);
                await bothAsk;
                bool isFirst = await begins.Task == offer.Header.RunId;
                int committed = isFirst ? offer.Header.Round - 1 : offer.Header.Round;
                if (committed > 0)
                {
                    await AsksAfterAsync(rig, offer.Header.RunId == first ? second : first, committed, Rounds);
                }
            },
            Agents);

        await Task.WhenAll(rig.OutcomeAsync(first), rig.OutcomeAsync(second));

        Guid[] order = [.. Opened(rig).Select(opened => opened.RunId)];
        Guid begun = await begins.Task, other = begun == first ? second : first;
        Assert.Equal([begun, other, begun, other, begun, other], order);
    }

    [Fact]
    public async Task A_run_of_higher_priority_goes_before_those_that_wait_already()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        var mayWork = new TaskCompletionSource();
        await rig.AddAsync((_, stop) => mayWork.Task.WaitAsync(stop), Agents);
        Guid first = await rig.SubmitAsync("first");
        await rig.Events.SeenAsync(e => e.RunId == first && e.Kind == RunEventKind.RoundOpened);
        Guid waiting = await rig.SubmitAsync("waiting");
        Guid urgent = await rig.SubmitAsync("urgent", but: spec => spec with { Priority = 10 });
        await Task.WhenAll(Begun(rig, waiting), Begun(rig, urgent));
        await Task.WhenAll(
            Agents.Select(agent => rig.Events.SeenAsync(e => e.RunId == waiting && e.Kind == RunEventKind.AgentJoined && e.AgentId == agent)));

        await SettledAsync(rig, waiting);
        Assert.Equal(WaitKind.Turn, (await rig.FindAsync(waiting)).Summary.Waiting?.Kind);
        mayWork.SetResult();

        await Task.WhenAll(rig.OutcomeAsync(first), rig.OutcomeAsync(waiting), rig.OutcomeAsync(urgent));

        Assert.Equal([first, urgent], Opened(rig).Take(2).Select(opened => opened.RunId));
    }

    [Fact]
    public async Task The_queues_of_a_run_that_is_over_are_removed_and_its_agents_work_for_the_next()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        await rig.AddAsync(null, Agents);
        Guid run = await rig.SubmitAsync("first");
        await rig.OutcomeAsync(run);

        await rig.OutcomeAsync(await rig.SubmitAsync("second"));

        Assert.Equal([Queues.RunIntake(run), Queues.RunChunks(run)], rig.Removed.Take(2));
    }

    [Fact]
    public async Task Queues_that_the_broker_would_not_let_go_are_removed_later_and_before_their_run_is_forgotten()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        rig.KeepsQueues = true;
        await rig.AddAsync(null, Agents);
        Guid run = await rig.SubmitAsync("first");
        await rig.OutcomeAsync(run);
        ServiceRefusedException kept = await Assert.ThrowsAsync<ServiceRefusedException>(() => rig.Runs.DeleteAsync(
            FleetRig.Command(), run, CancellationToken.None));
        await rig.RestartAsync();
        rig.KeepsQueues = false;

        await rig.Runs.DeleteAsync(FleetRig.Command(), run, CancellationToken.None);

        Assert.Contains("could not be removed from the broker yet", kept.Message, StringComparison.Ordinal);
        Assert.Equal([Queues.RunIntake(run), Queues.RunChunks(run)], rig.Removed);
    }

    /// <summary>Completes when a run that has begun has said which agents it wants.</summary>
    private static async Task AsksAsync(FleetRig rig, Guid run)
    {
        await Begun(rig, run);
        await SettledAsync(rig, run);
    }

    /// <summary>Completes when a run has committed a round and said which agents it wants for the next, if there is one.</summary>
    private static async Task AsksAfterAsync(FleetRig rig, Guid run, int round, int rounds)
    {
        await rig.Events.SeenAsync(happened => happened.RunId == run && happened.Kind == RunEventKind.RoundCommitted && happened.Round == round);
        if (round < rounds)
        {
            await SettledAsync(rig, run);
        }
    }

    /// <summary>A change is done once everything before it is.</summary>
    private static Task SettledAsync(FleetRig rig, Guid run) =>
        rig.Runs.ChangeAsync(FleetRig.Command(), run, new RunChange { Note = "seen" }, TestContext.Current.CancellationToken);

    private static Task Begun(FleetRig rig, Guid run) => rig.Events.SeenAsync(e => e.RunId == run && e.Kind == RunEventKind.CoordinatorStarted);

    private static IEnumerable<RunEvent> Opened(FleetRig rig) => rig.Events.All.Where(happened => happened.Kind == RunEventKind.RoundOpened);
}
