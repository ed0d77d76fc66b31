using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs.Reading;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>Changes of runs under way.</summary>
public sealed class RunChangeCommandsTests : IDisposable
{
    private static readonly string[] Agents = ["a", "b", "c"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rounds_can_be_added_under_way_and_a_change_that_does_not_fit_changes_nothing()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        var mayWork = new TaskCompletionSource();
        await rig.AddAsync((_, stop) => mayWork.Task.WaitAsync(stop), Agents);
        Guid run = await rig.SubmitAsync("first", rounds: 1);
        await rig.Events.SeenAsync(e => e.Kind == RunEventKind.RoundOpened);

        ServiceRefusedException refused = await Assert.ThrowsAsync<ServiceRefusedException>(
            () => rig.Runs.ChangeAsync(FleetRig.Command(), run, new RunChange { Rounds = 0, MinAgents = 0, Note = "x" }, Stop));
        Assert.Equal(ProblemCode.InvalidInput, refused.Code);
        Assert.Equal(["rounds.count", "agents.min"], refused.Mistakes.Select(mistake => mistake.Setting));
        Assert.All(refused.Mistakes, mistake => Assert.StartsWith($"{mistake.Setting} is 0; it must be", mistake.Sentence, StringComparison.Ordinal));
        Assert.Null((await rig.FindAsync(run)).Summary.Note);
        RunDetail changed = await rig.Runs.ChangeAsync(FleetRig.Command(), run, new RunChange { Rounds = 3, Note = "longer" }, Stop);
        mayWork.SetResult();

        Assert.Equal((3, "longer"), (changed.Summary.Rounds, changed.Summary.Note));
        Assert.Equal([1, 2, 3], (await rig.OutcomeAsync(run)).Rounds.Select(round => round.Round));
    }

    /// <summary>How agents' variates and the common one change follows from the rate of the round, which has to be the same for all.</summary>
    [Fact]
    public async Task The_number_of_rounds_stays_where_control_variates_rest_on_a_rate_that_follows_from_it()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        Guid run = await rig.SubmitAsync("varied", but: spec => spec with
        {
            Aggregation = spec.Aggregation with { Strategy = "FedIT", Gauge = Gauge.Anchored },
            Training = spec.Training with { ControlVariates = true, RoundSchedule = RateSchedule.Cosine },
        });

        ServiceRefusedException refused = await Assert.ThrowsAsync<ServiceRefusedException>(
            () => rig.Runs.ChangeAsync(FleetRig.Command(), run, new RunChange { Rounds = 9 }, Stop));

        Assert.Equal(
            "rounds.count is 9; with training.controlVariates the rate of a round must stay what it was, and training.roundSchedule makes it "
            + "follow from the number of rounds: it stays",
            Assert.Single(refused.Mistakes).Sentence);
    }

    /// <summary>What a run shows of its spec can be submitted again, changes and all.</summary>
    [Fact]
    public async Task A_changed_run_shows_the_spec_that_would_have_asked_for_it()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        Guid run = await rig.SubmitAsync("first");
        var change = new RunChange
        {
            Rounds = 7,
            MinAgents = 4,
            AgentsPerRound = 5,
            Quorum = 0.5,
            SoftDeadline = TimeSpan.FromSeconds(90),
            HardDeadline = TimeSpan.FromHours(2),
            Priority = 3,
        };

        RunDetail changed = await rig.Runs.ChangeAsync(FleetRig.Command(), run, change, Stop);

        RunSpecReading again = RunSpecReader.Read(changed.Spec);
        Assert.Empty(again.Mistakes);
        RoundOptions rounds = again.Spec!.Rounds;
        Assert.Equal((7, 4, 5, 0.5), (rounds.Count, rounds.MinAgents, rounds.AgentsPerRound, rounds.Quorum));
        Assert.Equal((90, 7200, 3), (rounds.SoftDeadline.TotalSeconds, rounds.HardDeadline.TotalSeconds, again.Spec.Priority));
    }
}
