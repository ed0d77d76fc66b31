using EdgeFlora.Adapters.Archives;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Models;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.Learning.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests.Models;

/// <summary>Agents that get a task for a model which they lack.</summary>
public sealed class ModelFetchingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly SteppingEngine engine = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Cache => folder.In("cache");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task It_is_fetched_checked_used_and_told_and_another_agent_of_the_machine_fetches_nothing()
    {
        await using Bench bench = await Bench.StartAsync();
        BaseModel other = TinyModel.Load(folder.In("other"), weight: 0.5f);
        TaskOffer offer = Offer(bench, other.Sha256, await PackAsync(bench, other.Folder));
        EdgeAgentService first = bench.Agent(engine, Options(bench));
        Assert.Equal(10_000_000_000, (await bench.Coordinator.NextAsync<AgentHello>()).ModelCache!.LimitBytes);

        await bench.Coordinator.OfferAsync(offer);
        var result = await bench.Coordinator.NextAsync<ResultReady>();
        await bench.Coordinator.AcceptAsync(result);
        await bench.JournalEmptyAsync();
        AgentHello told;
        do
        {
            told = await bench.Coordinator.NextAsync<AgentHello>();
        }
        while (told.ModelCache!.Models.Count == 0);
        await first.DieAsync();

        Assert.Equal(other.Sha256, Assert.Single(engine.Starts).Model.Sha256);
        Assert.StartsWith(Cache, engine.Starts[0].Model.Folder, StringComparison.Ordinal);
        Assert.Equal(("other", other.Sha256), (told.ModelCache!.Models[0].ModelId, told.ModelCache.Models[0].Sha256));
        Assert.Contains(told.Bases, held => held.Sha256 == other.Sha256);
        Assert.False(Directory.Exists(Path.Combine(Cache, "fetching", other.Sha256)));

        // The service has it no longer, and the second agent has a state folder of its own.
        bench.Coordinator.Blobs.Remove(offer.BaseArchive!.Sha256);
        bench.Agent(engine, Options(bench) with { StateFolder = folder.In("second") });
        await bench.Coordinator.OfferAsync(Offer(bench, other.Sha256, offer.BaseArchive, round: 2));
        await bench.Coordinator.ResultOfRoundAsync(2);
        Assert.Equal(other.Sha256, engine.Starts[1].Model.Sha256);
    }

    [Fact]
    public async Task An_agent_that_died_in_the_middle_goes_on_from_there()
    {
        await using Bench bench = await Bench.StartAsync();
        BaseModel other = TinyModel.Load(folder.In("other"), weight: 0.5f);
        await File.WriteAllBytesAsync(Path.Combine(other.Folder, "README.md"), new byte[600_000], Stop);
        TaskOffer offer = Offer(bench, other.Sha256, await PackAsync(bench, other.Folder));
        EdgeAgentService first = bench.Agent(engine, Options(bench) with { Limits = new LimitOptions { BytesDown = 20_000 } });
        await bench.Coordinator.OfferAsync(offer);
        await Bench.UntilAsync(() => first.State is { Phase: AgentPhase.Fetching, Step: > 0 });
        Assert.Equal($"other ({CacheSpace.Size(offer.BaseArchive!.Size)})", first.State.Reason);

        await first.DieAsync();
        long have = Transfer().Have(offer.BaseArchive, Path.Combine(Cache, "fetching", other.Sha256));
        bench.Agent(engine, Options(bench));

        await bench.Coordinator.NextAsync<ResultReady>();
        Assert.InRange(have, 1, offer.BaseArchive.Size - 1);
        Assert.Equal(other.Sha256, Assert.Single(engine.Starts).Model.Sha256);
    }

    [Fact]
    public async Task An_owner_who_does_not_want_it_is_obeyed()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(engine, Options(bench) with { ModelCache = new ModelCacheOptions { Fetch = false, Folder = Cache } });
        Assert.Null((await bench.Coordinator.NextAsync<AgentHello>()).ModelCache);
        BaseModel other = TinyModel.Load(folder.In("other"), weight: 0.5f);

        TaskDeclined declined = await DeclinedAsync(bench, Offer(bench, other.Sha256, await PackAsync(bench, other.Folder)));

        Assert.Equal(DeclineReason.NoBase, declined.Reason);
        Assert.EndsWith($"({bench.Model.Sha256}), and fetches none (models.fetch is no).", declined.Detail, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Cache));
    }

    [Fact]
    public async Task A_model_that_is_not_handed_out_is_declined_with_the_service_named()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(engine, Options(bench));

        TaskDeclined declined = await DeclinedAsync(bench, Offer(bench, new string('9', 64), archive: null));

        Assert.EndsWith("and the service does not hand the model out.", declined.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_the_service_does_not_have_any_more_is_declined_with_its_words()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(engine, Options(bench));
        var gone = new BlobClaim { Sha256 = new string('8', 64), Size = 5000, ChunkSize = 700, Codec = "ustar" };

        TaskDeclined declined = await DeclinedAsync(bench, Offer(bench, new string('9', 64), gone));

        Assert.Equal("The service does not hand out the model other: The body or its chunk 0 is not here.", declined.Detail);
    }

    [Fact]
    public async Task A_model_for_which_there_is_no_room_is_declined_with_size_and_setting()
    {
        await using Bench bench = await Bench.StartAsync();
        BaseModel other = TinyModel.Load(folder.In("other"), weight: 0.5f);
        BlobClaim archive = await PackAsync(bench, other.Folder);
        bench.Agent(engine, Options(bench) with { ModelCache = new ModelCacheOptions { Folder = Cache, LimitBytes = 2000 } });

        TaskDeclined declined = await DeclinedAsync(bench, Offer(bench, other.Sha256, archive));

        Assert.Equal(DeclineReason.NoBase, declined.Reason);
        Assert.Equal(
            $"There is no room for the model other: it takes {CacheSpace.Size(archive.Size)}, and models.cache.limit is 2.0 kB.", declined.Detail);
    }

    [Fact]
    public async Task Other_weights_than_the_tasks_are_thrown_away_and_not_fetched_again()
    {
        await using Bench bench = await Bench.StartAsync();
        BaseModel other = TinyModel.Load(folder.In("other"), weight: 0.5f);
        string wanted = new('9', 64);
        BlobClaim archive = await PackAsync(bench, other.Folder);
        bench.Agent(engine, Options(bench));

        TaskDeclined first = await DeclinedAsync(bench, Offer(bench, wanted, archive));
        bench.Coordinator.Blobs.Remove(archive.Sha256);
        TaskDeclined second = await DeclinedAsync(bench, Offer(bench, wanted, archive, round: 2));

        Assert.Equal(
            $"The model other was fetched and cannot be used: its weights are {other.Sha256}, the task's are {wanted}.", first.Detail);
        Assert.Equal(first.Detail, second.Detail);
        Assert.False(Directory.Exists(Path.Combine(Cache, wanted)));
        Assert.False(Directory.Exists(Path.Combine(Cache, "fetching", wanted)));
    }

    [Fact]
    public async Task An_archive_that_is_none_is_refused_before_anything_of_it_is_used()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(engine, Options(bench));
        BlobClaim archive = bench.Coordinator.Blobs.Put(new byte[5000].Select((_, i) => (byte)(i % 7)).ToArray(), "ustar", 700);

        TaskDeclined declined = await DeclinedAsync(bench, Offer(bench, new string('9', 64), archive));

        Assert.Equal(
            "The model other was fetched and cannot be used: the header at byte 0 is not that of a plain file in the form of EdgeFlora's archives.",
            declined.Detail);
    }

    [Fact]
    public async Task A_model_that_cannot_be_opened_leaves_the_cache()
    {
        await using Bench bench = await Bench.StartAsync();
        BaseModel other = TinyModel.Load(folder.In("other"), weight: 0.5f);
        File.Delete(Path.Combine(other.Folder, "vocab.txt"));
        bench.Agent(engine, Options(bench));

        TaskDeclined declined = await DeclinedAsync(bench, Offer(bench, other.Sha256, await PackAsync(bench, other.Folder)));

        Assert.StartsWith("The model other was fetched and cannot be used: ", declined.Detail, StringComparison.Ordinal);
        Assert.Contains("vocab.txt", declined.Detail, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Cache, other.Sha256)));
    }

    [Fact]
    public async Task A_damaged_model_of_the_cache_is_fetched_anew()
    {
        await using Bench bench = await Bench.StartAsync();
        BaseModel other = TinyModel.Load(folder.In("other"), weight: 0.5f);
        Directory.CreateDirectory(Path.Combine(Cache, other.Sha256));
        await File.WriteAllTextAsync(Path.Combine(Cache, other.Sha256, "config.json"), "{}", Stop);
        bench.Agent(engine, Options(bench));

        await bench.Coordinator.OfferAsync(Offer(bench, other.Sha256, await PackAsync(bench, other.Folder)));

        await bench.Coordinator.NextAsync<ResultReady>();
        Assert.Equal(other.Sha256, Assert.Single(engine.Starts).Model.Sha256);
    }

    [Fact]
    public async Task While_another_agent_fetches_it_this_one_waits_and_says_so()
    {
        await using Bench bench = await Bench.StartAsync();
        BaseModel other = TinyModel.Load(folder.In("other"), weight: 0.5f);
        AgentOptions options = Options(bench);
        var neighbour = new ModelCache(options, ModelCache.FreeBytes, TimeProvider.System, NullLogger.Instance);
        string unpacked = Path.Combine(neighbour.FetchingFolder(other.Sha256), "unpacked");
        EdgeAgentService agent;
        using (neighbour.TryClaim(other.Sha256))
        {
            Directory.CreateDirectory(neighbour.FetchingFolder(other.Sha256));
            await File.WriteAllTextAsync(
                Path.Combine(neighbour.FetchingFolder(other.Sha256), "holder.txt"), "agent 'b' (process 7)", Stop);
            agent = bench.Agent(engine, options);
            await bench.Coordinator.OfferAsync(Offer(bench, other.Sha256, await PackAsync(bench, other.Folder)));
            await Bench.UntilAsync(() => agent.State.Phase == AgentPhase.Fetching);
            Assert.Equal("waits for agent 'b' (process 7) on this machine, which fetches it", agent.State.Reason);
            TinyModel.Load(unpacked, weight: 0.5f);
            neighbour.Adopt(new CachedModel { ModelId = "other", Sha256 = other.Sha256, Bytes = 1 }, unpacked);
        }

        await bench.Coordinator.NextAsync<ResultReady>();
        Assert.Equal(other.Sha256, Assert.Single(engine.Starts).Model.Sha256);
    }

    [Fact]
    public async Task It_waits_for_no_agent_for_ever()
    {
        await using Bench bench = await Bench.StartAsync();
        AgentOptions options = Options(bench);
        var clock = new LeapingTime(TimeSpan.FromMinutes(1));
        var cache = new ModelCache(options, ModelCache.FreeBytes, clock, NullLogger.Instance);
        string wanted = new('9', 64);
        using ModelLock claimed = cache.TryClaim(wanted)!;
        var fetcher = new ModelFetcher(options, LocalModels.Holding(bench.Model), cache, null!, null!, () => { }, clock, NullLogger.Instance);

        DeclinedException declined = await Assert.ThrowsAsync<DeclinedException>(
            () => fetcher.LoadAsync(Offer(bench, wanted, archive: null), _ => { }, Stop));

        Assert.Equal(DeclineReason.Busy, declined.Reason);
        Assert.Equal("another agent on this machine holds other in the cache, and nothing of it has come for 10 min.", declined.Message);
    }

    private AgentOptions Options(Bench bench) => bench.Options with { ModelCache = new ModelCacheOptions { Folder = Cache } };

    private static TaskOffer Offer(Bench bench, string sha256, BlobClaim? archive, int round = 1) => bench.Offer(round) with
    {
        Base = new BaseModelRef { ModelId = "other", Sha256 = sha256 },
        BaseArchive = archive,
    };

    private static async Task<TaskDeclined> DeclinedAsync(Bench bench, TaskOffer offer)
    {
        await bench.Coordinator.OfferAsync(offer);
        return await bench.Coordinator.NextAsync<TaskDeclined>();
    }

    private static async Task<BlobClaim> PackAsync(Bench bench, string source)
    {
        await using Stream archive = ModelArchive.Of(source).OpenRead();
        using var bytes = new MemoryStream();
        await archive.CopyToAsync(bytes, Stop);
        return bench.Coordinator.Blobs.Put(bytes.ToArray(), "ustar");
    }

    private static ModelTransfer Transfer() =>
        new(null!, TimeProvider.System, TimeSpan.FromSeconds(1), new Transport.Blobs.BandwidthLimits(), NullLogger.Instance);
}
