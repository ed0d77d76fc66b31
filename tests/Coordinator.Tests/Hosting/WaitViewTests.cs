using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>What operators are told of a fleet at work: the sentences' facts come from where they should.</summary>
public sealed class WaitViewTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_round_under_way_names_those_it_waits_for_and_each_agent_says_what_it_is_at()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        var mayWork = new TaskCompletionSource();
        await rig.AddAsync(null, "a");
        await rig.AddAsync((_, stop) => mayWork.Task.WaitAsync(stop), "b", "c");
        Guid first = await rig.SubmitAsync("first", rounds: 1);
        await rig.Events.SeenAsync(e => e.RunId == first && e.Kind == RunEventKind.ResultAccepted && e.AgentId == "a");
        Guid second = await rig.SubmitAsync("second", rounds: 1);
        await rig.Events.SeenAsync(e => e.RunId == second && e.Kind == RunEventKind.CoordinatorStarted);
        await DoneAsync(rig, first);
        await DoneAsync(rig, second);

        RunDetail working = await rig.FindAsync(first);
        WaitReason waiting = (await rig.FindAsync(second)).Summary.Waiting!;
        Dictionary<string, string?> sentences = (await rig.Host.Fleet.ListAsync(new AgentFilter { Limit = 10 }, Stop)).Items.ToDictionary(
            agent => agent.Name,
            agent => agent.Sentence);

        Assert.Equal((WaitKind.Results, 1, 3), (working.Summary.Waiting!.Kind, working.Summary.Waiting.Present, working.Summary.Waiting.Needed));
        Assert.Equal(["b", "c"], working.Summary.Waiting.Agents);
        Assert.Contains(
            "2 agents: b (no answer yet), c (no answer yet); 1 of 3 results is in", working.Summary.Waiting.Sentence, StringComparison.Ordinal);
        Assert.Equal((1, RoundStatus.Open, 1, 3), (working.Current!.Round, working.Current.Status, working.Current.Results, working.Current.Goal));
        Assert.Equal([("b", true), ("c", true), ("a", false)], working.Current.Tasks.Select(task => (task.AgentId, task.AtWork)));
        Assert.StartsWith("works for 'first', round 1: ", sentences["b"], StringComparison.Ordinal);
        Assert.Contains("'first' has its part of round 1: done", sentences["a"], StringComparison.Ordinal);
        Assert.Equal((WaitKind.Turn, "its agents are there; other runs go first: 'first'"), (waiting.Kind, waiting.Sentence));

        mayWork.SetResult();
        await Task.WhenAll(rig.OutcomeAsync(first), rig.OutcomeAsync(second));
        RunDetail over = await rig.FindAsync(first);
        Assert.Null(over.Current);
        Assert.Null(over.Summary.Waiting);
    }

    [Fact]
    public async Task A_run_that_wants_other_data_or_labels_says_what_the_agents_have()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        await rig.AddAsync(null, "a");
        await rig.OutcomeAsync(await rig.SubmitAsync("fitting", rounds: 1, agentsNeeded: 1));
        Guid data = await rig.SubmitAsync("data", agentsNeeded: 1, but: spec => spec with { DataSet = "reviews" });
        Guid labels = await rig.SubmitAsync("labels", agentsNeeded: 1, but: spec => spec with { Selector = LabelSelector.Parse("site=berlin") });

        Assert.Equal(
            "waits for 1 more of 1 agent with data set 'reviews'; a has other data (default for classification)",
            (await rig.FindAsync(data)).Summary.Waiting!.Sentence);
        Assert.Equal(
            "waits for 1 more of 1 agent that match 'site=berlin'; a has no labels", (await rig.FindAsync(labels)).Summary.Waiting!.Sentence);
    }

    [Fact]
    public async Task A_run_that_has_too_few_agents_itself_goes_before_nobody()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        await rig.SubmitAsync("starving", agentsNeeded: 5);
        var mayWork = new TaskCompletionSource();
        await rig.AddAsync((_, stop) => mayWork.Task.WaitAsync(stop), "a", "b", "c");
        Guid run = await rig.SubmitAsync("fed", rounds: 1);

        WaitReason? waiting = (await rig.FindAsync(run)).Summary.Waiting;

        Assert.DoesNotContain("starving", waiting!.Sentence, StringComparison.Ordinal);
        mayWork.SetResult();
        await rig.OutcomeAsync(run);
    }

    [Fact]
    public async Task An_agents_results_and_troubles_are_found_by_its_name_newest_first()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        await rig.AddAsync(null, "a", "b");
        Guid run = await rig.SubmitAsync("first", agentsNeeded: 2);
        await rig.OutcomeAsync(run);

        IReadOnlyList<EventEnvelope> events = (await rig.Host.Fleet.FindAsync("a", Stop)).Events;

        Assert.All(events, envelope => Assert.Equal(("a", run), (envelope.Event.AgentId, envelope.Event.RunId)));
        Assert.Equal([2, 1], events.Where(envelope => envelope.Event.Kind == RunEventKind.ResultAccepted).Select(envelope => envelope.Event.Round));
        Assert.Equal(events.OrderByDescending(envelope => envelope.Id), events);
    }

    [Fact]
    public async Task The_service_tells_its_disk_and_queues_and_alerts_where_the_broker_does_not_answer()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        ServiceResources calm = await rig.Host.Monitor.ResourcesAsync(Stop);
        IReadOnlyList<ServiceAlert> none = await rig.Host.Monitor.AlertsAsync(Stop);
        rig.QueueDepths = (_, _) => throw new IOException("connection refused");
        await rig.RestartAsync();

        ServiceAlert alert = Assert.Single(await rig.Host.Monitor.AlertsAsync(Stop));

        Assert.Empty(none);
        Assert.True(calm.DatabaseBytes > 0 && calm.DiskFreeBytes > 0 && calm.DiskFreeBytes <= calm.DiskTotalBytes);
        Assert.Equal("The broker could not be asked for its queues: connection refused", alert.Sentence);
    }

    /// <summary>Done once everything before it is.</summary>
    private static Task DoneAsync(FleetRig rig, Guid run) => rig.Runs.ChangeAsync(FleetRig.Command(), run, new RunChange { Note = "seen" }, Stop);
}
