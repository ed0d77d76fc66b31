using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Intake;

/// <summary>Two rounds of three results wanted from four agents, of whom d is late in the first.</summary>
public sealed class LateResultTests : IDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(1);

    private readonly List<TemporaryFolder> folders = [];

    public void Dispose() => folders.ForEach(folder => folder.Dispose());

    [Fact]
    public async Task A_late_result_counts_in_the_next_round_as_a_change_of_what_it_started_from()
    {
        await using RunRig rig = await StartAsync();
        ResultReady late = await FirstRoundAsync(rig);
        LoraAdapter start = rig.Broadcast(await rig.OfferAsync("d"));
        LoraAdapter broadcast = rig.Broadcast(await rig.OfferAsync("a", round: 2));

        await rig.PostAsync(late);
        await rig.Sender.ForAsync<ResultAck>("d");
        var updates = new List<Update> { new("d", 10, Decoded(rig, late, start)) { Staleness = 1, Start = start } };
        foreach (string agent in new[] { "a", "b", "c" })
        {
            ResultReady result = rig.Result(await rig.OfferAsync(agent, round: 2));
            updates.Add(new Update(agent, 10, Decoded(rig, result, broadcast)));
            await rig.PostAsync(result);
        }

        RunOutcome outcome = await rig.Outcome.WaitAsync(Guard, TestContext.Current.CancellationToken);
        RoundFigures first = outcome.Rounds[0].Figures!, second = outcome.Rounds[1].Figures!;
        Assert.Equal("a b c, stale , late d", Text(first));
        Assert.Equal("a b c d, stale d, late ", Text(second));
        Assert.Equal([null, null, null, 1], outcome.Rounds[1].Agents.Select(agent => agent.TrainedIn));
        LoraAdapter expected = Aggregator.Aggregate(rig.Options.Aggregation, broadcast, updates, round: 2).Global;
        Assert.Equal(second.ModelSha256, rig.Blobs.Put(AdapterCodec.Parse("fp16").Encode(expected), "fp16").Sha256);
    }

    [Fact]
    public async Task An_agent_that_is_free_after_its_late_result_stands_in_for_one_that_has_gone_silent()
    {
        var time = new FakeTimeProvider();
        await using RunRig rig = await StartAsync(time: time, quorum: 1);
        ResultReady late = await FirstRoundAsync(rig);
        foreach (string agent in new[] { "a", "b" })
        {
            await rig.PostAsync(rig.Result(await rig.OfferAsync(agent, round: 2)));
        }

        await rig.PostAsync(late);
        await rig.Sender.ForAsync<ResultAck>("d", ack => ack.Header.Round == 1);
        time.Advance(TimeSpan.FromMilliseconds(rig.Facts.SilenceMs - 1));
        foreach (string agent in new[] { "a", "b", "d" })
        {
            await rig.HeartbeatAsync(agent, boot: 1);
        }

        time.Advance(TimeSpan.FromMilliseconds(1));
        await rig.PostAsync(rig.Result(await rig.OfferAsync("d", round: 2)));

        Assert.Equal(["a", "b", "d"], (await rig.Sender.EventAsync(RunEventKind.RoundCommitted, happened => happened.Round == 2)).Figures!.Accepted);
    }

    [Fact]
    public async Task A_late_body_that_the_coordinator_lost_is_asked_for_again_and_its_update_counts()
    {
        await using RunRig rig = await StartAsync();
        ResultReady late = await FirstRoundAsync(rig);
        byte[] body = rig.Blobs.ReadAll(late.Claim!.Sha256);
        rig.Blobs.Remove(late.Claim.Sha256);
        await rig.OfferAsync("a", round: 2);

        await rig.RejectedAsync(late, RejectionCode.BodyMissing);
        await rig.PostAsync(new BlobAnnounced { Header = late.Header, Claim = late.Claim });
        rig.Blobs.Put(body, late.Claim.Codec);
        await rig.PostAsync(late);

        await rig.Sender.ForAsync<ResultAck>("d");
        Assert.Contains(rig.Transfers, transfer => transfer.Message is BlobAnnounced);
    }

    [Theory]
    [InlineData("FloraNA")]
    [InlineData("FedIT")]
    [InlineData("OptimalRank")]
    [InlineData("FedRot")]
    [InlineData("MomentTilt")]
    public async Task The_bits_depend_on_neither_order_nor_a_restart(string strategy)
    {
        string? early = await SecondModelAsync(strategy, lateAfter: 0);

        Assert.NotNull(early);
        Assert.Equal(early, await SecondModelAsync(strategy, lateAfter: 2));
        Assert.Equal(early, await SecondModelAsync(strategy, lateAfter: 1, restart: true));
        Assert.NotEqual(early, await SecondModelAsync(strategy, lateAfter: null));
    }

    [Fact]
    public async Task An_agent_that_is_late_is_left_to_work_until_the_next_round_is_frozen()
    {
        await using RunRig rig = await StartAsync();
        ResultReady late = await FirstRoundAsync(rig);

        await rig.PostAsync(new TaskProgress { Header = rig.Reply(late.Header, nameof(TaskProgress)), Phase = TaskPhase.Training, Step = 1, Total = 3 });
        await rig.PostAsync(new BlobAnnounced { Header = rig.Reply(late.Header, nameof(BlobAnnounced)), Claim = late.Claim! });
        await rig.Sender.ForAsync<LeaseGranted>("d", granted => granted.Header.Round == 1);
        Assert.Single(rig.Transfers);
        Assert.DoesNotContain(rig.Sender.Sent, entry => entry.Message is TaskCancelled);
        await ResultsAsync(rig, 2, "a", "b", "c");
        TaskCancelled cancelled = await rig.Sender.ForAsync<TaskCancelled>("d");
        await rig.Outcome.WaitAsync(Guard, TestContext.Current.CancellationToken);

        Assert.Equal((1, CancelReason.RoundClosed), (cancelled.Header.Round, cancelled.Reason));
        Assert.DoesNotContain(rig.Sender.Sent, entry => entry.Message is TaskOffer { Header: { AgentId: "d", Round: 2 } });
    }

    [Fact]
    public async Task A_late_result_counts_once_and_its_copies_are_answered_as_such()
    {
        await using RunRig rig = await StartAsync(rounds: 3);
        ResultReady late = await FirstRoundAsync(rig);

        await rig.PostAsync(late);
        await rig.Sender.ForAsync<ResultAck>("d");
        await rig.PostAsync(late);
        await rig.Sender.ForAsync<ResultRejected>("d", rejected => rejected.Code == RejectionCode.Duplicate);
        await ResultsAsync(rig, 2, "a", "b", "c");
        await rig.OfferAsync("a", round: 3);
        await rig.PostAsync(late);
        await rig.PostAsync(new TaskProgress { Header = rig.Reply(late.Header, nameof(TaskProgress)), Phase = TaskPhase.Reporting, Step = 3, Total = 3 });

        // Answers to one agent keep their order.
        await rig.Sender.ForAsync<TaskCancelled>("d");
        Assert.Equal(2, rig.Sender.Sent.Count(entry => entry.Message is ResultRejected { Code: RejectionCode.Duplicate }));
        Assert.DoesNotContain(rig.Sender.Sent, entry => entry.Message is ResultRejected { Code: not RejectionCode.Duplicate });
        Assert.Single(rig.Sender.Sent, entry => entry.Message is ResultAck { Header.AgentId: "d" });
        Assert.False(rig.Blobs.Contains(late.Claim!.Sha256));
    }

    [Fact]
    public async Task A_result_two_rounds_late_does_not_count()
    {
        await using RunRig rig = await StartAsync(rounds: 3);
        ResultReady late = await FirstRoundAsync(rig);
        await ResultsAsync(rig, 2, "a", "b", "c");
        await rig.OfferAsync("a", round: 3);

        await rig.PostAsync(late);

        Assert.Equal(RejectionCode.RoundClosed, (await rig.Sender.ForAsync<ResultRejected>("d")).Code);
    }

    [Fact]
    public async Task A_fresh_result_takes_the_place_of_the_agents_late_one()
    {
        await using RunRig rig = await StartAsync();
        ResultReady late = await FirstRoundAsync(rig);
        await rig.PostAsync(late);
        await rig.Sender.ForAsync<ResultAck>("d");

        // c gives up, and d, which is free again, is asked in its place.
        TaskOffer offer = await rig.OfferAsync("c", round: 2);
        await rig.PostAsync(new TaskFailed { Header = rig.Reply(offer.Header, nameof(TaskFailed)), Code = "Internal", Retryable = false, Detail = "no" });
        await ResultsAsync(rig, 2, "a", "b", "d");
        RunOutcome outcome = await rig.Outcome.WaitAsync(Guard, TestContext.Current.CancellationToken);

        Assert.Equal("a b d, stale , late ", Text(outcome.Rounds[1].Figures!));
        Assert.False(rig.Blobs.Contains(late.Claim!.Sha256));
    }

    [Fact]
    public async Task A_late_result_does_not_count_beside_its_agents_fresh_one()
    {
        await using RunRig rig = await StartAsync();
        ResultReady late = await FirstRoundAsync(rig);

        // As after a restart that lost sight of its late task: it was given one of this round, and has done it.
        rig.State.Results["d"] = new StoredResult(2, "d", late.Claim!.Sha256, late.Claim.Size, late.Claim.Codec, 10, new ChangeNorm(1, 1), late.Metrics);
        await rig.PostAsync(late);

        ResultRejected rejected = await rig.Sender.ForAsync<ResultRejected>("d");
        Assert.Equal((RejectionCode.RoundClosed, "Round 1 is closed, and agent 'd' has a result in round 2."), (rejected.Code, rejected.Detail));
    }

    [Fact]
    public async Task A_late_result_under_another_lease_than_its_tasks_does_not_count()
    {
        await using RunRig rig = await StartAsync();
        ResultReady late = await FirstRoundAsync(rig);

        await rig.PostAsync(IntakeRig.With(late, header => header with { LeaseEpoch = header.LeaseEpoch + 1 }));

        Assert.Equal(RejectionCode.RoundClosed, (await rig.Sender.ForAsync<ResultRejected>("d")).Code);
        Assert.DoesNotContain(rig.Sender.Sent, entry => entry.Message is ResultAck { Header.AgentId: "d" });
    }

    [Fact]
    public async Task A_late_result_that_is_invalid_is_a_strike_and_its_agent_is_free()
    {
        await using RunRig rig = await StartAsync();
        ResultReady late = await FirstRoundAsync(rig);

        await rig.PostAsync(late with { Examples = 0 });
        await rig.PostAsync(late);
        TaskOffer offer = await rig.OfferAsync("c", round: 2);
        await rig.PostAsync(new TaskFailed { Header = rig.Reply(offer.Header, nameof(TaskFailed)), Code = "Internal", Retryable = false, Detail = "no" });
        await ResultsAsync(rig, 2, "a", "b", "d");

        RunOutcome outcome = await rig.Outcome.WaitAsync(Guard, TestContext.Current.CancellationToken);
        Assert.Equal([RejectionCode.Invalid, RejectionCode.RoundClosed], rig.Sender.Sent.Select(entry => entry.Message).OfType<ResultRejected>().Select(rejected => rejected.Code));
        Assert.Equal("a b d, stale , late ", Text(outcome.Rounds[1].Figures!));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_agent_that_says_hello_goes_on_with_its_late_task_or_is_free(bool holdsIt)
    {
        await using RunRig rig = await StartAsync();
        ResultReady late = await FirstRoundAsync(rig);

        await rig.HelloAsync("d", but: hello => hello with
        {
            Journal = holdsIt ? new OpenTask { RunId = rig.Facts.RunId, TaskId = late.Header.TaskId, LeaseEpoch = late.Header.LeaseEpoch, Step = 1 } : null,
        });
        await rig.PostAsync(late);

        if (holdsIt)
        {
            await rig.Sender.ForAsync<ResultAck>("d");
        }
        else
        {
            Assert.Equal(RejectionCode.RoundClosed, (await rig.Sender.ForAsync<ResultRejected>("d")).Code);
        }

        Assert.DoesNotContain(rig.Sender.Sent, entry => entry.Message is TaskCancelled);
    }

    private static string Text(RoundFigures figures) => $"{string.Join(' ', figures.Accepted)}, stale {string.Join(' ', figures.Stale)}, late {string.Join(' ', figures.Late)}";

    private static LoraAdapter Decoded(RunRig rig, ResultReady result, LoraAdapter reference) =>
        AdapterPayload.Decode(rig.Blobs.ReadAll(result.Claim!.Sha256), AdapterShape.Of(reference), new AdapterReference(reference));

    /// <summary>Results of a, b and c close the first round; returns d's, which is not sent.</summary>
    private static async Task<ResultReady> FirstRoundAsync(RunRig rig)
    {
        ResultReady late = rig.Result(await rig.OfferAsync("d"));
        await ResultsAsync(rig, 1, "a", "b", "c");
        await rig.OfferAsync("a", round: 2);
        return late;
    }

    private static async Task ResultsAsync(RunRig rig, int round, params string[] agents)
    {
        foreach (string agent in agents)
        {
            await rig.PostAsync(rig.Result(await rig.OfferAsync(agent, round)));
            await rig.Sender.ForAsync<ResultAck>(agent, ack => ack.Header.Round == round);
        }
    }

    /// <summary>The second round's model, when d's result comes after so many of the round's own.</summary>
    /// <param name="lateAfter">Null: it does not come.</param>
    /// <param name="restart">Whether the coordinator is replaced right after.</param>
    private async Task<string?> SecondModelAsync(string strategy, int? lateAfter, bool restart = false)
    {
        RunRig rig = await StartAsync(strategy: strategy);
        try
        {
            ResultReady late = await FirstRoundAsync(rig);
            string[] fresh = ["a", "b", "c"];
            for (int i = 0; i < fresh.Length; i++)
            {
                if (lateAfter == i)
                {
                    await rig.PostAsync(late);
                    await rig.Sender.ForAsync<ResultAck>("d");
                    if (restart)
                    {
                        CoordinatorOptions options = rig.Options;
                        await rig.DisposeAsync();
                        rig = await RunRig.StartAsync(options);
                        foreach (string agent in fresh[i..])
                        {
                            await rig.HelloAsync(agent);
                        }

                        ResultReady[] again = [.. await Task.WhenAll(fresh[i..].Select(async agent => rig.Result(await rig.OfferAsync(agent, round: 2, epoch: 1))))];
                        foreach (ResultReady result in again)
                        {
                            await rig.PostAsync(result);
                        }

                        break;
                    }
                }

                await ResultsAsync(rig, 2, fresh[i]);
            }

            return (await rig.Outcome.WaitAsync(Guard, TestContext.Current.CancellationToken)).ModelSha256;
        }
        finally
        {
            await rig.DisposeAsync();
        }
    }

    private async Task<RunRig> StartAsync(int rounds = 2, string strategy = "FloraNA", TimeProvider? time = null, double quorum = 0.6)
    {
        var folder = new TemporaryFolder();
        folders.Add(folder);
        CoordinatorOptions options = Settings.For(folder, roundOptions: new RoundOptions
        {
            Count = rounds,
            MinAgents = 4,
            Quorum = quorum,
            AgentsPerRound = 3,
            OverSelection = 2,
            LateResults = LateResults.NextRound,
        });
        RunRig rig = await RunRig.StartAsync(options with { Aggregation = options.Aggregation with { Strategy = strategy } }, time);
        await rig.HelloAllAsync("a", "b", "c", "d");
        return rig;
    }
}
