using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Blobs;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Tests.Blobs;

/// <summary>What a long run leaves on the disk and in memory while it goes on.</summary>
public sealed class KeptModelsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Of_the_adapters_of_past_rounds_the_newest_stay_and_the_others_are_handed_out_no_more()
    {
        await using RunRig rig = await RunRig.StartAsync(Settings.For(folder, agents: 1, rounds: 5), but: terms => terms with { KeptModels = 2 });
        await rig.HelloAsync("a");
        List<string> adapters = [rig.FirstModel()];
        for (int round = 1; round <= 4; round++)
        {
            adapters.Add(await CommitAsync(rig, round));
        }

        Assert.Equal([false, false, false, true, true], adapters.Select(rig.Blobs.Contains));
        TaskOffer last = await rig.OfferAsync("a", round: 5);
        await rig.PostAsync(new BlobWanted { Header = rig.Reply(last.Header, nameof(BlobWanted)), Sha256 = adapters[2], Missing = [0] });
        Assert.Equal(adapters[2], (await rig.Sender.ForAsync<BlobRefused>("a")).Sha256);
        Assert.All(rig.State.Models.Values, model => Assert.Null(model.Figures));
        Assert.All(rig.State.Models.Values, model => Assert.Null(model.ModulesJson));
    }

    [Fact]
    public async Task While_another_run_is_to_begin_from_one_of_them_all_stay()
    {
        await using RunRig rig = await RunRig.StartAsync(
            Settings.For(folder, agents: 1, rounds: 4),
            but: terms => terms with { KeptModels = 1, IsAwaited = () => true });
        await rig.HelloAsync("a");
        List<string> adapters = [rig.FirstModel(), await CommitAsync(rig, 1), await CommitAsync(rig, 2), await CommitAsync(rig, 3)];

        Assert.All(adapters, adapter => Assert.True(rig.Blobs.Contains(adapter)));
    }

    [Fact]
    public async Task An_expected_evaluator_that_never_comes_keeps_a_bounded_number()
    {
        await using RunRig rig = await RunRig.StartAsync(Settings.For(folder));
        var state = new LiveRun();
        for (int round = 0; round <= BodyRemoval.MaxUnmeasured + 5; round++)
        {
            string sha256 = new BlobClaim { Sha256 = $"{round:x64}", Size = 1, ChunkSize = 1, Codec = "fp16" }.Sha256;
            state.Models[round] = new StoredModel(round, new BlobClaim { Sha256 = sha256, Size = 1, ChunkSize = 1, Codec = "fp16" }, null, null);
        }

        using RunStore store = TestStore.Open(folder["other.db"], "run");
        var blobs = new BlobStore(folder["other"]);
        var readOuts = new RankReadOuts(rig.Options, blobs);
        var removal = new BodyRemoval(
            rig.Facts,
            state,
            store.Read(),
            new BlobHandler(rig.Facts, state, new LateWork(rig.Facts, state), readOuts),
            _ => true,
            () => new HashSet<int>(),
            readOuts,
            blobs);
        removal.Models();
        Assert.Empty(state.RemovedBodies);

        RunFacts bounded = rig.Facts with { Terms = rig.Facts.Terms with { KeptModels = 3 } };
        new BodyRemoval(
            bounded,
            state,
            store.Read(),
            new BlobHandler(bounded, state, new LateWork(bounded, state), readOuts),
            _ => true,
            () => new HashSet<int>(),
            readOuts,
            blobs).Models();

        Assert.Equal(Enumerable.Range(0, 6).Select(round => $"{round:x64}"), state.RemovedBodies.Order());
    }

    [Fact]
    public async Task Bodies_and_parts_that_a_coordinator_before_this_one_took_and_nobody_reported_are_removed_a_round_later()
    {
        CoordinatorOptions options = Settings.For(folder, agents: 1, rounds: 4);
        string orphan;
        string part;
        await using (RunRig first = await RunRig.StartAsync(options))
        {
            await first.HelloAsync("a");
            TaskOffer offer = await first.OfferAsync("a");
            orphan = first.Result(offer, broadcast => FakeTraining.Train(broadcast, 99)).Claim!.Sha256;
            await first.PostAsync(new BlobAnnounced { Header = first.Reply(offer.Header, nameof(BlobAnnounced)), Claim = first.Blobs.Find(orphan)! });
            part = Part(first);
        }

        await using RunRig rig = await RunRig.StartAsync(options);
        await rig.HelloAsync("a");
        await rig.PostAsync(rig.Result(await rig.OfferAsync("a", round: 1)));
        await rig.OfferAsync("a", round: 2);
        Assert.True(rig.Blobs.Contains(orphan));

        await CommitAsync(rig, 2);

        Assert.False(rig.Blobs.Contains(orphan));
        Assert.DoesNotContain(part, rig.Blobs.Held());
        Assert.Contains(rig.FirstModel(), rig.Blobs.Held());
    }

    /// <summary>Hands in the first of two chunks of a body.</summary>
    private static string Part(RunRig rig)
    {
        byte[] body = new byte[2000];
        using var elsewhere = new TemporaryFolder();
        var source = new BlobStore(elsewhere["source"]);
        BlobClaim claim = source.Put(body, "int8", chunkSize: 1000);
        rig.Blobs.AddChunk(claim, source.ReadChunk(claim.Sha256, 0, "a")!);
        return claim.Sha256;
    }

    private static async Task<string> CommitAsync(RunRig rig, int round)
    {
        await rig.PostAsync(rig.Result(await rig.OfferAsync("a", round)));
        string adapter = (await rig.Sender.EventAsync(RunEventKind.RoundCommitted, happened => happened.Round == round)).Figures!.ModelSha256;

        // The next offer leaves after the commit's own step is done.
        TaskOffer next = await rig.OfferAsync("a", round + 1);
        await rig.PostAsync(
            new Contracts.Presence.Heartbeat { Header = rig.Reply(next.Header, nameof(Contracts.Presence.Heartbeat)), State = "Idle" });
        return adapter;
    }
}
