using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>An outage of the coordinator is nobody's fault: whatever it interrupted has its whole time again.</summary>
public sealed class RunRecoveryTests : IDisposable
{
    // Long after everything that the dead coordinator wrote.
    private const long Now = 1_000_000_000;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Agents_leases_and_offers_count_as_just_heard_of_and_the_rounds_deadline_stays()
    {
        (RunRig dead, Round round) = await DeadAsync();

        LiveRun state = Loaded(dead, round);

        Assert.Equal([Now, Now], state.Agents.Values.Select(agent => agent.LastHeard));
        Assert.Equal((TaskState.Accepted, Now), (state.Round!.Tasks["a"].State, state.Round.Tasks["a"].LastHeard));
        Assert.Equal((TaskState.Offered, Now), (state.Round.Tasks["b"].State, state.Round.Tasks["b"].OfferedAt));
        Assert.Equal(round.HardDeadline, state.Round.HardDeadline);
        Assert.Null(state.EndBy);
    }

    [Theory]
    [InlineData(nameof(RoundState.Frozen))]
    [InlineData(nameof(RoundState.Aggregating))]
    public async Task An_aggregation_that_was_interrupted_has_its_whole_time_again(string interrupted)
    {
        (RunRig dead, Round round) = await DeadAsync();

        LiveRun state = Loaded(dead, round with { State = Enum.Parse<RoundState>(interrupted) });

        Assert.Equal(Now + dead.Facts.Rules.AggregationTimeoutMs, state.Round!.HardDeadline);
    }

    [Fact]
    public async Task Evaluators_have_their_whole_time_again_after_the_last_round()
    {
        (RunRig dead, Round round) = await DeadAsync();

        LiveRun state = Loaded(dead, round with { State = RoundState.Committed });

        Assert.Equal(Now + (long)dead.Options.Rounds.EvaluationTimeout.TotalMilliseconds, state.EndBy);
    }

    /// <summary>A coordinator that died when a had taken its task and b had not.</summary>
    private async Task<(RunRig Rig, Round Round)> DeadAsync()
    {
        RunRig rig = await RunRig.StartAsync(Settings.For(folder, agents: 2));
        await rig.HelloAllAsync("a", "b");
        TaskOffer offer = await rig.OfferAsync("a");
        await rig.PostAsync(new TaskAccepted { Header = rig.Reply(offer.Header, nameof(TaskAccepted)) });
        Round round = rig.State.Round!;
        await rig.DisposeAsync();
        return (rig, round);
    }

    /// <summary>What a successor knows of a run whose round was stored like this.</summary>
    private static LiveRun Loaded(RunRig dead, Round stored)
    {
        CoordinatorOptions options = dead.Options;
        using RunStore store = TestStore.Open(options.Store.DatabaseFile, dead.Facts.RunId.ToString());
        using (StoreTransaction transaction = store.Begin(0))
        {
            transaction.SaveRound(dead.State.Round!, stored);
            transaction.Commit();
        }

        var state = new LiveRun();
        RunRecovery.Load(state, store.Read(), dead.Facts, AdapterShape.Of(dead.State.Broadcast!.Adapter), dead.Blobs, Now);
        return state;
    }
}
