using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Rounds;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Tests.Blobs;

/// <summary>How long the changes of the base weights stay on the disk: FloraStack makes a new one in every round.</summary>
public sealed class BodyRemovalTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Without_evaluators_only_the_newest_base_delta_stays_and_the_others_are_handed_out_no_more()
    {
        await using RunRig rig = await RunRig.StartAsync(Options(evaluators: 0));
        await rig.HelloAsync("a");
        string[] deltas = [await CommitAsync(rig, 1), await CommitAsync(rig, 2)];
        TaskOffer third = await rig.OfferAsync("a", round: 3);

        Assert.Equal([false, true], deltas.Select(rig.Blobs.Contains));
        await rig.PostAsync(new BlobWanted { Header = rig.Reply(third.Header, nameof(BlobWanted)), Sha256 = deltas[0], Missing = [0] });
        await rig.PostAsync(new BlobWanted { Header = rig.Reply(third.Header, nameof(BlobWanted)), Sha256 = deltas[1], Missing = [0] });

        Assert.Equal(deltas[0], (await rig.Sender.ForAsync<BlobRefused>("a")).Sha256);
        Assert.Equal([deltas[1]], rig.Transfers.Select(transfer => ((BlobWanted)transfer.Message).Sha256));
    }

    [Fact]
    public async Task A_base_delta_stays_until_every_evaluator_has_measured_its_model()
    {
        await using RunRig rig = await RunRig.StartAsync(Options(evaluators: 2));
        await rig.HelloAsync("judge", but: Judge);
        await rig.HelloAsync("a");
        string[] deltas = [await CommitAsync(rig, 1), await CommitAsync(rig, 2)];

        // The second one is expected and may come yet.
        await MeasureAsync(rig, "judge", 0);
        await MeasureAsync(rig, "judge", 1);
        Assert.Equal([true, true], deltas.Select(rig.Blobs.Contains));

        await rig.HelloAsync("jury", but: Judge);
        await MeasureAsync(rig, "jury", 0);
        TaskOffer last = await rig.OfferAsync("jury", round: 1);
        Assert.Equal([true, true], deltas.Select(rig.Blobs.Contains));

        await rig.PostAsync(rig.Report(last, claim: null));
        await rig.Sender.ForAsync<ResultAck>("jury", ack => ack.Header.Round == 1);
        await rig.OfferAsync("jury", round: 2);
        Assert.Equal([false, true], deltas.Select(rig.Blobs.Contains));
    }

    /// <summary>What it could have measured is not promised: it was not expected.</summary>
    [Fact]
    public async Task An_evaluator_that_nobody_expected_measures_the_models_that_are_still_whole()
    {
        await using RunRig rig = await RunRig.StartAsync(Options(evaluators: 0));
        await rig.HelloAsync("a");
        await CommitAsync(rig, 1);
        await CommitAsync(rig, 2);

        await rig.HelloAsync("judge", but: Judge);
        await MeasureAsync(rig, "judge", 0);

        await rig.OfferAsync("judge", round: 2);
        Assert.DoesNotContain(rig.Sender.Sent, sent => sent.Message is TaskOffer { Kind: TaskKind.Evaluate, Header.Round: 1 });
    }

    [Theory]
    [InlineData("after commit", 2)]
    [InlineData("after end", 1)]
    public async Task A_crash_before_the_removal_is_made_good_and_a_finished_run_keeps_the_last(string failpoint, int time)
    {
        CoordinatorOptions options = Options(evaluators: 0, agents: 2);
        await using Federation federation = await Federation.StartAsync(folder, options);
        await federation.AddAsync(["a", "b"]);
        await federation.CrashAsync(failpoint, time);

        RunOutcome outcome = await federation.RunAsync();

        var blobs = new BlobStore(Settings.Bodies(options));
        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.Equal([false, false, true], outcome.Rounds.Select(round => blobs.Contains(round.Figures!.BaseDeltaSha256!)));
    }

    private static AgentHello Judge(AgentHello hello) => hello with { Role = AgentRole.Evaluator };

    private static async Task<string> CommitAsync(RunRig rig, int round)
    {
        await rig.PostAsync(rig.Result(await rig.OfferAsync("a", round)));
        RoundCommitted committed = await rig.Sender.ForAsync<RoundCommitted>("a", message => message.Header.Round == round);

        // The next offer leaves after the commit's own step is done.
        await rig.OfferAsync("a", round + 1);
        await rig.PostAsync(new Heartbeat { Header = rig.Reply(committed.Header, nameof(Heartbeat)), State = "Idle" });
        return committed.BaseDelta!.Sha256;
    }

    private static async Task MeasureAsync(RunRig rig, string evaluator, int round)
    {
        await rig.PostAsync(rig.Report(await rig.OfferAsync(evaluator, round), claim: null));
        await rig.Sender.EventAsync(RunEventKind.Evaluated, e => e.AgentId == evaluator && e.Round == round);
    }

    private CoordinatorOptions Options(int evaluators, int agents = 1)
    {
        CoordinatorOptions options = Settings.For(folder, agents, rounds: 3);
        return options with
        {
            Aggregation = options.Aggregation with { Strategy = "FloraStack", Seed = 7 },
            Rounds = options.Rounds with { Evaluators = evaluators },
        };
    }
}
