using System.Collections.Immutable;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Tests.Runs;

/// <summary>While a round is aggregated nobody knows yet whether there is a next one to count in: late agents get no answer, and ask again.</summary>
public sealed class LateWorkTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(nameof(RoundState.Frozen), nameof(TaskState.Late), true)]
    [InlineData(nameof(RoundState.Aggregating), nameof(TaskState.Lost), true)]
    [InlineData(nameof(RoundState.Aggregating), nameof(TaskState.Done), false)]
    [InlineData(nameof(RoundState.Frozen), nameof(TaskState.Declined), false)]
    [InlineData(nameof(RoundState.Collecting), nameof(TaskState.Late), false)]
    [InlineData(nameof(RoundState.Committed), nameof(TaskState.Late), false)]
    public async Task A_late_result_of_a_round_being_aggregated_is_undecided(string round, string task, bool undecided) =>
        Assert.Equal(undecided, await IsUndecidedAsync(Enum.Parse<RoundState>(round), Enum.Parse<TaskState>(task)));

    [Fact]
    public async Task It_is_decided_for_another_epoch_another_task_the_last_round_and_where_late_results_are_dropped()
    {
        Assert.False(await IsUndecidedAsync(RoundState.Frozen, TaskState.Late, header => header with { LeaseEpoch = 2 }));
        Assert.False(await IsUndecidedAsync(RoundState.Frozen, TaskState.Late, header => header with { TaskId = Guid.Empty }));
        Assert.False(await IsUndecidedAsync(RoundState.Frozen, TaskState.Late, header => header with { RunId = Guid.Empty }));
        Assert.False(await IsUndecidedAsync(RoundState.Frozen, TaskState.Late, rounds: 1));
        Assert.False(await IsUndecidedAsync(RoundState.Frozen, TaskState.Late, late: LateResults.Drop));
    }

    private async Task<bool> IsUndecidedAsync(
        RoundState round, TaskState task, Func<MessageHeader, MessageHeader>? but = null, int rounds = 2, LateResults late = LateResults.NextRound)
    {
        CoordinatorOptions options = Settings.For(folder, rounds: rounds);
        await using RunRig rig = await RunRig.StartAsync(options with { Rounds = options.Rounds with { LateResults = late } });
        var state = new LiveRun
        {
            Round = Round.Plan(1, 1, 1, 1, ["a"]) with
            {
                State = round,
                Tasks = ImmutableSortedDictionary<string, AgentTask>.Empty.Add("a", new AgentTask("a", 1, 1, task, 0, 0)),
            },
        };
        MessageHeader header = rig.Facts.Stamp.About("ResultReady", "a", rig.Facts.RunId, 1, rig.Facts.TaskId(TaskKind.Train, 1, "a"), 1, 1);
        return new LateWork(rig.Facts, state).IsUndecided(but is null ? header : but(header));
    }
}
