using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Coordinator.Tests.Ranks;

/// <summary>Three agents of ranks 1, 2 and 4 in one run, by their labels.</summary>
public sealed class MixedRankRunTests : IDisposable
{
    private static readonly (string Name, string Site, int Rank)[] Agents = [("a", "watch", 1), ("b", "phone", 2), ("c", "server", 4)];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Each_agent_is_offered_the_read_out_of_its_rank_at_one_scale_and_the_merge_is_the_aggregators()
    {
        await using RunRig rig = await StartAsync(Mixed());
        LoraAdapter[] starts = await StartsAsync(rig, round: 1);
        await ResultsAsync(rig, 1);
        TaskOffer[] offers = await OffersAsync(rig, 2);
        LoraAdapter[] next = [.. offers.Select(rig.Broadcast)];
        var updates = new List<Update>();
        for (int i = 0; i < Agents.Length; i++)
        {
            ResultReady result = rig.Result(offers[i]);
            updates.Add(new Update(Agents[i].Name, 10, Decoded(rig, result, next[i])));
            await rig.PostAsync(result);
        }

        RunOutcome outcome = await rig.Outcome.InTimeAsync();

        Assert.Equal([1, 2, 4], starts.Select(start => start.Settings.Rank));
        Assert.Equal([2.0, 2.0, 2.0], starts.Select(start => start.Settings.Scale));
        RoundFigures second = outcome.Rounds[1].Figures!;
        LoraAdapter expected = Aggregator.Aggregate(rig.Options.Aggregation, next[2], updates, round: 2).Global;
        Assert.Equal(second.ModelSha256, rig.Blobs.Put(AdapterCodec.Parse("fp16").Encode(expected), "fp16").Sha256);
        Assert.Equal([("a", 1), ("b", 2), ("c", 4)], second.Agents.Select(agent => (agent.AgentId, agent.Rank)));
        Assert.All(
            second.Agents.Zip(second.Agents.Skip(1)),
            pair => Assert.True(pair.First.BytesUp < pair.Second.BytesUp && pair.First.BytesDown < pair.Second.BytesDown));
        Assert.Equal(second.BytesUp, second.Agents.Sum(agent => agent.BytesUp));
        Assert.Equal(second.BytesDown, offers.Sum(offer => offer.Adapter.Size));
        Assert.Equal(4, PeftFolder.Read(Path.Combine(folder["out"], "adapter")).Settings.Rank);
    }

    [Fact]
    public async Task Read_outs_are_nested_and_no_more_on_the_disk_when_their_models_are_old()
    {
        await using RunRig rig = await StartAsync(Mixed(rounds: 4));
        TaskOffer[] first = await OffersAsync(rig, 1);
        await ResultsAsync(rig, 1);
        TaskOffer[] offers = await OffersAsync(rig, 2);
        LoraAdapter[] starts = [.. offers.Select(rig.Broadcast)];

        foreach ((string module, LoraFactors highest) in starts[2].Modules)
        {
            foreach (LoraAdapter lower in starts[..2])
            {
                LoraFactors factors = lower.Modules[module];
                Assert.Equal(highest.A.Values[..factors.A.Values.Length].ToArray(), factors.A.Values.ToArray());
            }
        }

        await ResultsAsync(rig, 2);
        await ResultsAsync(rig, 3);
        await OffersAsync(rig, 4);
        await rig.HelloAsync("a", but: hello => Labelled(hello, "watch"));

        Assert.All(first[..2].Concat(offers[..2]), offer => Assert.False(rig.Blobs.Contains(offer.Adapter.Sha256)));
        Assert.All(await OffersAsync(rig, 4), offer => Assert.True(rig.Blobs.Contains(offer.Adapter.Sha256)));
    }

    [Fact]
    public async Task Intake_holds_an_agent_to_the_rank_of_its_own_task()
    {
        await using RunRig rig = await StartAsync(Mixed());
        TaskOffer[] offers = await OffersAsync(rig, 1);

        ResultReady own = rig.Result(offers[0]);
        await rig.PostAsync(own with { Rank = 4 });
        ResultRejected claimed = await rig.Sender.ForAsync<ResultRejected>("a");
        Assert.Equal((RejectionCode.Invalid, "The adapter has rank 4; the offer asked for 1."), (claimed.Code, claimed.Detail));

        // A body of another agent's rank under the right claim.
        ResultReady foreign = rig.Result(offers[2]);
        await rig.PostAsync(rig.Report(offers[1], foreign.Claim));
        ResultRejected larger = await rig.Sender.ForAsync<ResultRejected>("b");
        Assert.Equal(RejectionCode.OverBudget, larger.Code);
        await rig.PostAsync(new BlobAnnounced { Header = rig.Reply(offers[2].Header, nameof(BlobAnnounced)), Claim = own.Claim! });
        Assert.Contains("bytes", (await rig.Sender.ForAsync<BlobRefused>("c")).Reason, StringComparison.Ordinal);

        await rig.PostAsync(foreign);
        await rig.Sender.ForAsync<ResultAck>("c");
    }

    [Fact]
    public async Task A_successor_keeps_ranks_and_hands_out_what_was_offered()
    {
        TaskOffer[] before;
        await using (RunRig dead = await StartAsync(Mixed()))
        {
            before = await OffersAsync(dead, 1);
            await dead.PostAsync(new TaskAccepted { Header = dead.Reply(before[0].Header, nameof(TaskAccepted)) });
            await dead.Sender.ForAsync<LeaseGranted>("a");
        }

        await using RunRig rig = await RunRig.StartAsync(Mixed());

        // The relabelled agent's task stays what it was.
        await rig.HelloAsync("a", but: hello => Labelled(hello, "server") with
        {
            Journal = new OpenTask { RunId = rig.Facts.RunId, TaskId = before[0].Header.TaskId, LeaseEpoch = 1, Step = 1 },
        });
        await rig.PostAsync(
            new BlobWanted { Header = rig.Reply(before[0].Header, nameof(BlobWanted)), Sha256 = before[0].Adapter.Sha256, Missing = [] });
        await rig.HelloAsync("b", but: hello => Labelled(hello, "phone"));
        await rig.HelloAsync("c", but: hello => Labelled(hello, "server"));
        ResultReady own = rig.Result(before[0]);
        await rig.PostAsync(own);
        await rig.Sender.ForAsync<ResultAck>("a");

        Assert.Contains(rig.Transfers, transfer => transfer.Message is BlobWanted wanted && wanted.Sha256 == before[0].Adapter.Sha256);
        TaskOffer[] after = [await rig.OfferAsync("b"), await rig.OfferAsync("c")];
        Assert.Equal(
            before[1..].Select(offer => (offer.Lora.Rank, offer.Lora.Alpha, offer.Adapter.Sha256)),
            after.Select(offer => (offer.Lora.Rank, offer.Lora.Alpha, offer.Adapter.Sha256)));
        await rig.PostAsync(rig.Result(after[0]));
        await rig.PostAsync(rig.Result(after[1]));
        Assert.Equal(4, (await rig.OfferAsync("a", round: 2)).Lora.Rank);
        Assert.Equal([1, 2, 4], (await rig.Sender.EventAsync(RunEventKind.RoundCommitted)).Figures!.Agents.Select(agent => agent.Rank));
    }

    [Fact]
    public async Task A_label_that_an_operator_gives_an_agent_at_work_changes_the_rank_of_its_next_task_alone()
    {
        await using RunRig rig = await StartAsync(Mixed());
        TaskOffer[] offers = await OffersAsync(rig, 1);
        await rig.HelloAsync("a", but: hello => Labelled(hello, "phone"), said: false);

        await rig.PostAsync(rig.Result(offers[0]));
        await rig.PostAsync(rig.Result(offers[1]));
        await rig.PostAsync(rig.Result(offers[2]));

        Assert.Equal(1, offers[0].Lora.Rank);
        Assert.Equal(2, (await rig.OfferAsync("a", round: 2)).Lora.Rank);
    }

    [Fact]
    public async Task A_late_result_counts_at_the_rank_it_was_offered_with()
    {
        RoundOptions rounds = new() { Count = 2, MinAgents = 3, AgentsPerRound = 2, OverSelection = 1.5, Quorum = 1, LateResults = LateResults.NextRound };
        await using RunRig rig = await StartAsync(Mixed(roundOptions: rounds));
        TaskOffer[] offers = await OffersAsync(rig, 1);
        LoraAdapter start = rig.Broadcast(offers[0]);
        ResultReady late = rig.Result(offers[0]);
        await rig.PostAsync(rig.Result(offers[1]));
        await rig.PostAsync(rig.Result(offers[2]));
        TaskOffer[] next = [await rig.OfferAsync("b", round: 2), await rig.OfferAsync("c", round: 2)];

        await rig.PostAsync(late);
        await rig.Sender.ForAsync<ResultAck>("a");
        var updates = new List<Update> { new("a", 10, Decoded(rig, late, start)) { Staleness = 1, Start = start } };
        foreach (TaskOffer offer in next)
        {
            ResultReady result = rig.Result(offer);
            updates.Add(new Update(offer.Header.AgentId, 10, Decoded(rig, result, rig.Broadcast(offer))));
            await rig.PostAsync(result);
        }

        RunOutcome outcome = await rig.Outcome.InTimeAsync();
        RoundFigures second = outcome.Rounds[1].Figures!;
        Assert.Equal(["a", "b", "c"], second.Accepted);
        Assert.Equal(["a"], second.Stale);
        LoraAdapter expected = Aggregator.Aggregate(rig.Options.Aggregation, rig.Broadcast(next[1]), updates, round: 2).Global;
        Assert.Equal(second.ModelSha256, rig.Blobs.Put(AdapterCodec.Parse("fp16").Encode(expected), "fp16").Sha256);
    }

    [Fact]
    public async Task With_auto_an_agent_starts_from_what_it_measured_and_goes_down_to_what_it_proposes()
    {
        await using RunRig rig = await RunRig.StartAsync(Auto());
        await rig.HelloAsync("a", but: hello => Measured(hello, 3));
        await rig.HelloAsync("b");
        await rig.HelloAsync("c", but: hello => Measured(hello, 64));
        TaskOffer[] offers = [await rig.OfferAsync("a"), await rig.OfferAsync("b"), await rig.OfferAsync("c")];
        Assert.Equal([2, 4, 4], offers.Select(offer => offer.Lora.Rank));

        await DeclineAsync(rig, await rig.OfferAsync("b"), suggested: 2);
        TaskOffer again = await rig.OfferAsync("b", epoch: 2);
        Assert.Equal(2, again.Lora.Rank);
        Assert.Equal(
            "Rank 4 takes too much. It is offered rank 2 instead.",
            (await rig.Sender.EventAsync(RunEventKind.TaskDeclined, happened => happened.AgentId == "b")).Detail);

        await DeclineAsync(rig, again, suggested: 1);
        TaskOffer least = await rig.OfferAsync("b", epoch: 3);
        Assert.Equal(1, least.Lora.Rank);
        await DeclineAsync(rig, least, suggested: null);
        Assert.EndsWith(
            "lora.rank goes down to 1; a lower min would let it take part.",
            (await rig.Sender.EventAsync(RunEventKind.TaskDeclined, happened => happened.Detail?.Contains("goes down", StringComparison.Ordinal) == true)).Detail,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_auto_a_decline_is_told_with_the_setting_that_would_help()
    {
        CoordinatorOptions options = Settings.For(folder);
        await using RunRig rig = await RunRig.StartAsync(options with { Lora = options.Lora with { Rank = 4, Alpha = 8 } });
        await rig.HelloAllAsync("a", "b", "c");

        await DeclineAsync(rig, await rig.OfferAsync("b"), suggested: 2);

        Assert.Equal(
            "Rank 4 takes too much. lora.rank: auto would offer it rank 2 or less, and {default: 4, by: {\"LABEL=VALUE\": 2}} its rank by label.",
            (await rig.Sender.EventAsync(RunEventKind.TaskDeclined)).Detail);
    }

    private CoordinatorOptions Mixed(int rounds = 2, RoundOptions? roundOptions = null) => With(
        new RanksByLabel(4, [new LabelRank(LabelSelector.Parse("site=watch"), 1), new LabelRank(LabelSelector.Parse("site in (phone)"), 2)]),
        rounds,
        roundOptions);

    private CoordinatorOptions Auto() => With(new RanksByMemory(1, 4));

    private CoordinatorOptions With(AgentRanks ranks, int rounds = 2, RoundOptions? roundOptions = null)
    {
        CoordinatorOptions options = Settings.For(folder, rounds: rounds, roundOptions: roundOptions);
        return options with
        {
            Lora = options.Lora with { Rank = 4, Alpha = 8, Ranks = ranks },
        };
    }

    private static async Task<RunRig> StartAsync(CoordinatorOptions options)
    {
        RunRig rig = await RunRig.StartAsync(options);
        foreach ((string name, string site, _) in Agents)
        {
            await rig.HelloAsync(name, but: hello => Labelled(hello, site));
        }

        return rig;
    }

    private static AgentHello Labelled(AgentHello hello, string site) => hello with { Labels = new Dictionary<string, string> { ["site"] = site } };

    private static AgentHello Measured(AgentHello hello, int rank) =>
        hello with { Engines = [new EngineCapability { Engine = "portable", Device = "cpu", LargestRank = rank }] };

    private static async Task<TaskOffer[]> OffersAsync(RunRig rig, int round)
    {
        var offers = new List<TaskOffer>();
        foreach ((string name, _, int rank) in Agents)
        {
            offers.Add(await rig.OfferAsync(name, round));
            Assert.Equal(rank, offers[^1].Lora.Rank);
        }

        return [.. offers];
    }

    private static async Task<LoraAdapter[]> StartsAsync(RunRig rig, int round) => [.. (await OffersAsync(rig, round)).Select(rig.Broadcast)];

    private static async Task ResultsAsync(RunRig rig, int round)
    {
        foreach (TaskOffer offer in await OffersAsync(rig, round))
        {
            await rig.PostAsync(rig.Result(offer));
        }
    }

    private static Task DeclineAsync(RunRig rig, TaskOffer offer, int? suggested) => rig.PostAsync(new TaskDeclined
    {
        Header = rig.Reply(offer.Header, nameof(TaskDeclined)),
        Reason = DeclineReason.OutOfMemory,
        Detail = $"Rank {offer.Lora.Rank} takes too much.",
        SuggestRank = suggested,
    });

    private static LoraAdapter Decoded(RunRig rig, ResultReady result, LoraAdapter start) =>
        AdapterPayload.Decode(rig.Blobs.ReadAll(result.Claim!.Sha256), AdapterShape.Of(start), new AdapterReference(start));
}
