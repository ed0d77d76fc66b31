using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Intake;

public sealed class ResultDeskTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_good_result_is_acknowledged_and_its_copy_answered_as_a_duplicate()
    {
        await using RunRig rig = await StartAsync();
        ResultReady result = rig.Result(await rig.OfferAsync("a"));

        await rig.PostAsync(result);
        await rig.Sender.ForAsync<ResultAck>("a");
        await rig.PostAsync(result);

        Assert.Equal(RejectionCode.Duplicate, (await rig.Sender.ForAsync<ResultRejected>("a")).Code);
        Assert.Single(rig.Sender.Events, happened => happened.Kind == RunEventKind.ResultAccepted);
        Assert.DoesNotContain(rig.Sender.Events, happened => happened.Kind == RunEventKind.ResultRejected);
    }

    public static TheoryData<string, Func<ResultReady, ResultReady>, RejectionCode, string> Refused => new()
    {
        { "another run", r => With(r, h => h with { RunId = Guid.Empty }), RejectionCode.Unauthorized, "is not this coordinator's" },
        { "another task", r => With(r, h => h with { TaskId = Guid.Empty }), RejectionCode.Unauthorized, "is not agent 'a's" },
        { "a higher epoch", r => With(r, h => h with { LeaseEpoch = 2 }), RejectionCode.Unauthorized, "under lease epoch 2" },
        { "a lower epoch", r => With(r, h => h with { LeaseEpoch = 0 }), RejectionCode.StaleEpoch, "superseded by 1" },
        { "no examples", r => r with { Examples = 0 }, RejectionCode.Invalid, "0 examples" },
        { "an accuracy beyond 1", r => r with { Metrics = r.Metrics with { LocalAccuracy = 1.5 } }, RejectionCode.Invalid, "LocalAccuracy is 1.5" },
        { "a loss that is no number", r => r with { Metrics = r.Metrics with { LossAfter = double.NaN } }, RejectionCode.Invalid, "LossAfter is NaN" },
        { "no body", r => r with { Claim = null }, RejectionCode.Invalid, "names no body" },
        { "another codec", r => r with { Claim = r.Claim! with { Codec = "fp32" } }, RejectionCode.Invalid, "codec 'fp32'; the offer asked for 'int8'" },
        { "another rank", r => r with { Rank = 3 }, RejectionCode.Invalid, "rank 3; the offer asked for 2" },
        { "another size", r => r with { Claim = r.Claim! with { Size = r.Claim.Size + 1 } }, RejectionCode.OverBudget, "an update of this run has" },
        { "a body that is not there", r => r with { Claim = r.Claim! with { Sha256 = new string('0', 64) } }, RejectionCode.HashMismatch, "was not handed over" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_result_is_refused_for(string what, Func<ResultReady, ResultReady> but, RejectionCode code, string reason)
    {
        await using RunRig rig = await StartAsync();
        ResultReady result = but(rig.Result(await rig.OfferAsync("a")));

        await rig.PostAsync(result);

        ResultRejected rejected = await rig.Sender.ForAsync<ResultRejected>("a");
        Assert.True(code == rejected.Code && rejected.Detail.Contains(reason, StringComparison.Ordinal), $"{what}: {rejected.Code}, {rejected.Detail}");
        Assert.DoesNotContain(rig.Sender.Sent, entry => entry.Message is ResultAck);
    }

    [Theory]
    [InlineData("FfaLora", "int8", true)]
    [InlineData("RoLora", "int4", true)]
    [InlineData("FedSvd", "topk:25", true)]
    [InlineData("FedSaLora", "fp16", false)]
    public async Task An_update_that_changes_a_frozen_factor_is_refused_by_name_and_one_that_obeys_counts(string strategy, string codec, bool frozenA)
    {
        CoordinatorOptions options = Settings.For(folder);
        options = options with { Aggregation = options.Aggregation with { Strategy = strategy }, Training = options.Training with { UpdateCodec = codec } };
        await using RunRig rig = await RunRig.StartAsync(options);
        await rig.HelloAllAsync("a", "b", "c");
        TaskOffer offer = await rig.OfferAsync("a");

        await rig.PostAsync(rig.Result(await rig.OfferAsync("b")));
        await rig.PostAsync(rig.Result(offer, broadcast =>
        {
            LoraAdapter trained = FakeTraining.Train(offer, broadcast);
            LoraFactors last = trained.Modules.Values.Last();
            (frozenA ? last.A : last.B).Values[0] += 0.01f;
            return trained;
        }));

        await rig.Sender.ForAsync<ResultAck>("b");
        ResultRejected rejected = await rig.Sender.ForAsync<ResultRejected>("a");
        Assert.Equal(RejectionCode.Invalid, rejected.Code);
        Assert.Equal($"The update changes {(frozenA ? 'A' : 'B')} of module 'bert.encoder.layer.1.attention.self.value', which round 1 leaves as it was broadcast.", rejected.Detail);
    }

    [Fact]
    public async Task A_body_with_a_value_that_is_not_finite_is_refused()
    {
        await using RunRig rig = await StartAsync(codec: "fp32");
        TaskOffer offer = await rig.OfferAsync("a");
        ResultReady good = rig.Result(offer);
        byte[] body = rig.Blobs.ReadAll(good.Claim!.Sha256);
        BitConverter.TryWriteBytes(body.AsSpan(body.Length - 4), float.NaN);

        await rig.PostAsync(rig.Report(offer, rig.Blobs.Put(body, "fp32")));

        ResultRejected rejected = await rig.Sender.ForAsync<ResultRejected>("a");
        Assert.Equal(RejectionCode.Invalid, rejected.Code);
        Assert.Contains("finite", rejected.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Random_bytes_of_the_right_length_are_refused_and_not_aggregated()
    {
        await using RunRig rig = await StartAsync();
        TaskOffer offer = await rig.OfferAsync("a");
        byte[] body = rig.Blobs.ReadAll(rig.Result(offer).Claim!.Sha256);
        new EdgeFlora.Adapters.Randomness.SeededRandom(1).Shuffle(body.AsSpan());

        await rig.PostAsync(rig.Report(offer, rig.Blobs.Put(body, "int8")));

        Assert.Equal(RejectionCode.Invalid, (await rig.Sender.ForAsync<ResultRejected>("a")).Code);
    }

    [Fact]
    public async Task A_difference_to_another_adapter_than_the_broadcast_one_is_refused()
    {
        await using RunRig rig = await StartAsync();
        TaskOffer offer = await rig.OfferAsync("a");
        LoraAdapter other = FakeTraining.Train(rig.Broadcast(offer), seed: 99);
        byte[] body = AdapterCodec.Parse("int8").Encode(FakeTraining.Train(other, 1), new AdapterReference(other));

        await rig.PostAsync(rig.Report(offer, rig.Blobs.Put(body, "int8")));

        Assert.Equal(RejectionCode.Invalid, (await rig.Sender.ForAsync<ResultRejected>("a")).Code);
    }

    [Fact]
    public async Task A_message_from_another_process_than_the_welcomed_one_changes_nothing()
    {
        await using RunRig rig = await StartAsync();
        ResultReady result = rig.Result(await rig.OfferAsync("a"));

        await rig.PostAsync(With(result, h => h with { BootId = Guid.Empty }));
        await rig.PostAsync(result);

        await rig.Sender.ForAsync<ResultAck>("a");
        Assert.DoesNotContain(rig.Sender.Sent, entry => entry.Message is ResultRejected);
    }

    [Fact]
    public async Task A_change_far_beyond_the_last_rounds_median_is_refused_at_arrival()
    {
        await using RunRig rig = await StartAsync();
        await AllAsync(rig, round: 1);
        TaskOffer offer = await rig.OfferAsync("a", round: 2);

        await rig.PostAsync(rig.Result(offer, broadcast => FakeTraining.Train(broadcast, 1, size: 100)));

        ResultRejected rejected = await rig.Sender.ForAsync<ResultRejected>("a");
        Assert.Equal(RejectionCode.Invalid, rejected.Code);
        Assert.Contains("of the last committed round; the limit is 20 times", rejected.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_far_beyond_its_own_rounds_median_is_left_out_of_the_manifest()
    {
        await using RunRig rig = await StartAsync();

        await AllAsync(rig, round: 1, poisoned: "b");

        RoundFigures figures = (await rig.Sender.EventAsync(RunEventKind.RoundCommitted)).Figures!;
        Assert.Equal(["a", "c", "d"], figures.Accepted);
        Assert.Equal("b", Assert.Single(figures.Rejected).AgentId);
        Assert.Contains("of this round; the limit is 10 times", figures.Rejected[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Three_invalid_results_put_an_agent_out_of_the_run()
    {
        await using RunRig rig = await StartAsync();
        for (int round = 1; round <= 3; round++)
        {
            TaskOffer offer = await rig.OfferAsync("d", round);
            await rig.PostAsync(rig.Result(offer) with { Examples = 0 });
            await rig.Sender.ForAsync<ResultRejected>("d", rejected => rejected.Header.Round == round);
            foreach (string good in new[] { "a", "b", "c" })
            {
                await rig.PostAsync(rig.Result(await rig.OfferAsync(good, round)));
            }

            await rig.Sender.EventAsync(RunEventKind.RoundCommitted, happened => happened.Round == round);
        }

        TaskOffer next = await rig.OfferAsync("a", 4);
        await rig.HelloAsync("d", boot: 2);

        Assert.Equal(RefusalCode.Quarantined, (await rig.Sender.ForAsync<AgentRefused>("d")).Code);
        Assert.DoesNotContain(rig.Sender.Sent, entry => entry.Message is TaskOffer offer && offer.Header.AgentId == "d" && offer.Header.Round == next.Header.Round);
    }

    [Fact]
    public async Task A_result_after_the_freeze_is_late_and_one_that_counted_is_still_a_duplicate()
    {
        await using RunRig rig = await StartAsync(quorum: 0.5, agentsPerRound: 3);
        var offers = new List<TaskOffer>();
        foreach (string name in new[] { "a", "b", "c", "d" })
        {
            offers.Add(await rig.OfferAsync(name));
        }

        ResultReady late = rig.Result(offers[3]);
        foreach (TaskOffer offer in offers[..3])
        {
            await rig.PostAsync(rig.Result(offer));
        }

        await rig.Sender.EventAsync(RunEventKind.RoundCommitted);
        await rig.PostAsync(late);
        await rig.PostAsync(rig.Result(offers[0]));

        Assert.Equal(RejectionCode.RoundClosed, (await rig.Sender.ForAsync<ResultRejected>("d")).Code);
        Assert.Equal(RejectionCode.Duplicate, (await rig.Sender.ForAsync<ResultRejected>("a")).Code);
        Assert.Equal(["d"], (await rig.Sender.EventAsync(RunEventKind.RoundCommitted)).Figures!.Late);
        Assert.Equal(CancelReason.RoundClosed, (await rig.Sender.ForAsync<TaskCancelled>("d")).Reason);
    }

    [Fact]
    public async Task A_body_is_taken_only_from_an_agent_with_a_task_and_only_of_the_right_size()
    {
        await using RunRig rig = await StartAsync();
        TaskOffer offer = await rig.OfferAsync("a");
        BlobClaim claim = rig.Result(offer).Claim!;
        BlobAnnounced Announce(BlobClaim announced) => new() { Header = rig.Reply(offer.Header, nameof(BlobAnnounced)), Claim = announced };

        await rig.PostAsync(Announce(claim));
        await rig.PostAsync(Announce(claim with { Size = WireLimits.MaxBlobBytes }));
        await rig.PostAsync(Announce(claim) with { Header = rig.Reply(offer.Header, nameof(BlobAnnounced)) with { TaskId = Guid.Empty } });

        Assert.Single(rig.Transfers);
        await rig.Sender.ForAsync<BlobRefused>("a", refused => refused.Reason.Contains("has 2147483648 bytes", StringComparison.Ordinal));
        await rig.Sender.ForAsync<BlobRefused>("a", refused => refused.Reason.Contains("no task in the present round", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_models_of_the_run_are_handed_out()
    {
        await using RunRig rig = await StartAsync();
        TaskOffer offer = await rig.OfferAsync("a");
        string secret = rig.Result(offer).Claim!.Sha256;

        await rig.PostAsync(new BlobWanted { Header = rig.Reply(offer.Header, nameof(BlobWanted)), Sha256 = offer.Adapter.Sha256, Missing = [0] });
        await rig.PostAsync(new BlobWanted { Header = rig.Reply(offer.Header, nameof(BlobWanted)), Sha256 = secret, Missing = [0] });

        Assert.Equal(offer.Adapter.Sha256, ((BlobWanted)Assert.Single(rig.Transfers).Message).Sha256);
        Assert.Equal(secret, (await rig.Sender.ForAsync<BlobRefused>("a")).Sha256);
    }

    private static ResultReady With(ResultReady result, Func<MessageHeader, MessageHeader> but) => result with { Header = but(result.Header) };

    private static async Task AllAsync(RunRig rig, int round, string? poisoned = null)
    {
        foreach (string name in new[] { "a", "b", "c", "d" })
        {
            TaskOffer offer = await rig.OfferAsync(name, round);
            await rig.PostAsync(name == poisoned ? rig.Result(offer, broadcast => FakeTraining.Train(broadcast, 1, size: 100)) : rig.Result(offer));
        }

        await rig.Sender.EventAsync(RunEventKind.RoundCommitted, happened => happened.Round == round);
    }

    private async Task<RunRig> StartAsync(string codec = "int8", double quorum = 0.5, int agentsPerRound = 0)
    {
        CoordinatorOptions options = Settings.For(folder, roundOptions: new RoundOptions
        {
            Count = 5,
            MinAgents = 4,
            Quorum = quorum,
            AgentsPerRound = agentsPerRound,
            OverSelection = 2,
        }) with
        { Training = new TrainingOptions { Steps = 3, UpdateCodec = codec } };
        RunRig rig = await RunRig.StartAsync(options);
        await rig.HelloAllAsync("a", "b", "c", "d");
        return rig;
    }
}
