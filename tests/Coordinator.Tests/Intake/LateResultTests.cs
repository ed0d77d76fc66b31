using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Intake;

/// <summary>Two rounds of three results wanted from four agents, of whom d is late in the first.</summary>
public sealed class LateResultTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_late_result_counts_in_the_next_round_as_a_change_of_what_it_started_from()
    {
        await using RunRig rig = await LateRounds.StartAsync(folder);
        ResultReady late = await LateRounds.FirstRoundAsync(rig);
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

        RunOutcome outcome = await rig.Outcome.InTimeAsync();
        RoundFigures first = outcome.Rounds[0].Figures!, second = outcome.Rounds[1].Figures!;
        Assert.Equal("a b c, stale , late d", LateRounds.Text(first));
        Assert.Equal("a b c d, stale d, late ", LateRounds.Text(second));
        Assert.Equal([null, null, null, 1], outcome.Rounds[1].Agents.Select(agent => agent.TrainedIn));
        LoraAdapter expected = Aggregator.Aggregate(rig.Options.Aggregation, broadcast, updates, round: 2).Global;
        Assert.Equal(second.ModelSha256, rig.Blobs.Put(AdapterCodec.Parse("fp16").Encode(expected), "fp16").Sha256);
    }

    [Fact]
    public async Task A_late_body_that_the_coordinator_lost_is_asked_for_again_and_its_update_counts()
    {
        await using RunRig rig = await LateRounds.StartAsync(folder);
        ResultReady late = await LateRounds.FirstRoundAsync(rig);
        byte[] body = rig.Blobs.ReadAll(late.Claim!.Sha256);
        rig.Blobs.Remove(late.Claim.Sha256);
        await rig.OfferAsync("a", round: 2);

        await rig.PostAsync(late);
        await rig.Sender.ForAsync<ResultRejected>("d", rejected => rejected.Code == RejectionCode.BodyMissing);
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
    public async Task A_late_result_counts_once_and_its_copies_are_answered_as_such()
    {
        await using RunRig rig = await LateRounds.StartAsync(folder, rounds: 3);
        ResultReady late = await LateRounds.FirstRoundAsync(rig);

        await rig.PostAsync(late);
        await rig.Sender.ForAsync<ResultAck>("d");
        await rig.PostAsync(late);
        await rig.Sender.ForAsync<ResultRejected>("d", rejected => rejected.Code == RejectionCode.Duplicate);
        await LateRounds.ResultsAsync(rig, 2, "a", "b", "c");
        await rig.OfferAsync("a", round: 3);
        await rig.PostAsync(late);
        await rig.PostAsync(
            new TaskProgress { Header = rig.Reply(late.Header, nameof(TaskProgress)), Phase = TaskPhase.Reporting, Step = 3, Total = 3 });

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
        await using RunRig rig = await LateRounds.StartAsync(folder, rounds: 3);
        ResultReady late = await LateRounds.FirstRoundAsync(rig);
        await LateRounds.ResultsAsync(rig, 2, "a", "b", "c");
        await rig.OfferAsync("a", round: 3);

        await rig.PostAsync(late);

        Assert.Equal(RejectionCode.RoundClosed, (await rig.Sender.ForAsync<ResultRejected>("d")).Code);
    }

    [Fact]
    public async Task A_late_result_under_another_lease_than_its_tasks_does_not_count()
    {
        await using RunRig rig = await LateRounds.StartAsync(folder);
        ResultReady late = await LateRounds.FirstRoundAsync(rig);

        await rig.PostAsync(IntakeRig.With(late, header => header with { LeaseEpoch = header.LeaseEpoch + 1 }));

        Assert.Equal(RejectionCode.RoundClosed, (await rig.Sender.ForAsync<ResultRejected>("d")).Code);
        Assert.DoesNotContain(rig.Sender.Sent, entry => entry.Message is ResultAck { Header.AgentId: "d" });
    }

    private static LoraAdapter Decoded(RunRig rig, ResultReady result, LoraAdapter reference) =>
        AdapterPayload.Decode(rig.Blobs.ReadAll(result.Claim!.Sha256), AdapterShape.Of(reference), new AdapterReference(reference));

    /// <summary>The second round's model, when d's result comes after so many of the round's own.</summary>
    /// <param name="lateAfter">Null: it does not come.</param>
    /// <param name="restart">Whether the coordinator is replaced right after.</param>
    private static async Task<string?> SecondModelAsync(string strategy, int? lateAfter, bool restart = false)
    {
        using var own = new TemporaryFolder();
        RunRig rig = await LateRounds.StartAsync(own, strategy: strategy);
        try
        {
            ResultReady late = await LateRounds.FirstRoundAsync(rig);
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

                        ResultReady[] again = [.. await Task.WhenAll(
                            fresh[i..].Select(async agent => rig.Result(await rig.OfferAsync(agent, round: 2, epoch: 1))))];
                        foreach (ResultReady result in again)
                        {
                            await rig.PostAsync(result);
                        }

                        break;
                    }
                }

                await LateRounds.ResultsAsync(rig, 2, fresh[i]);
            }

            return (await rig.Outcome.InTimeAsync()).ModelSha256;
        }
        finally
        {
            await rig.DisposeAsync();
        }
    }
}
