using EdgeFlora.Contracts.Presence;
using EdgeFlora.EdgeAgent.Models;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests.Models;

public sealed class ModelCacheTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    /// <summary>Each look at it is an hour later than the last.</summary>
    private readonly LeapingTime clock = new(TimeSpan.FromHours(1), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private long free = 1_000_000;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Above_the_limit_the_model_goes_that_was_not_used_for_longest()
    {
        ModelCache cache = Cache(limit: 10_000);
        Put(cache, 'a', 4000);
        Put(cache, 'b', 4000);
        cache.TryOpen(Sha('a'))!.Dispose();

        Assert.Null(cache.MakeRoom(Sha('c'), 3000, have: 0));

        Assert.Equal((true, false), (cache.Contains(Sha('a')), cache.Contains(Sha('b'))));
        Assert.Equal([Sha('a')], cache.Models.Select(model => model.Sha256));
    }

    [Fact]
    public void A_model_that_is_in_use_stays_whoever_uses_it_and_the_sentence_tells_the_sizes()
    {
        ModelCache mine = Cache(limit: 10_000);
        ModelCache neighbours = Cache(limit: 10_000);
        Put(mine, 'a', 4000);
        Put(mine, 'b', 4000);
        using ModelLease own = mine.TryOpen(Sha('a'))!;
        using ModelLease others = neighbours.TryOpen(Sha('b'))!;

        string? problem = mine.MakeRoom(Sha('c'), 5000, have: 0);

        Assert.StartsWith(
            "it takes 5.0 kB, and models.cache.limit is 10.0 kB, of which models that are in use take ", problem, StringComparison.Ordinal);
        Assert.Equal((true, true), (mine.Contains(Sha('a')), mine.Contains(Sha('b'))));
        Assert.False(mine.Remove(Sha('b')));
    }

    [Fact]
    public void For_a_model_that_never_fits_nothing_is_removed()
    {
        ModelCache cache = Cache(limit: 10_000);
        Put(cache, 'a', 4000);

        Assert.Equal("it takes 20.0 kB, and models.cache.limit is 10.0 kB", cache.MakeRoom(Sha('c'), 20_000, have: 0));
        Assert.True(cache.Contains(Sha('a')));
    }

    [Fact]
    public void The_disk_must_hold_a_model_twice_less_what_is_here_already()
    {
        ModelCache cache = Cache(limit: 10_000);
        free = 5000;

        Assert.Equal(
            $"it takes 3.0 kB, twice while it is unpacked, and the disk of '{folder.In("cache")}' has 5.0 kB free",
            cache.MakeRoom(Sha('c'), 3000, have: 0));
        Assert.Null(cache.MakeRoom(Sha('c'), 3000, have: 1000));
    }

    [Fact]
    public void A_cache_in_the_state_folder_keeps_to_its_limit_too()
    {
        Directory.CreateDirectory(folder.In("state"));
        File.WriteAllBytes(folder.In("state/journal"), new byte[4000]);
        ModelCache cache = Cache(limit: 100_000, disk: 9000, inState: true);
        Put(cache, 'a', 1000);

        Assert.Equal(
            "it takes 3.0 kB, twice while it is unpacked, and limits.disk (9.0 kB) leaves 5.0 kB for it", cache.MakeRoom(Sha('c'), 3000, have: 0));
        Assert.False(cache.Contains(Sha('a')));
        Assert.Null(cache.MakeRoom(Sha('c'), 2000, have: 0));
        Assert.InRange(cache.Summary.RoomBytes, 2000, 2500);
    }

    [Fact]
    public void What_came_of_a_model_that_nobody_fetches_gives_way_but_not_while_somebody_does()
    {
        ModelCache cache = Cache(limit: 10_000);
        Directory.CreateDirectory(cache.FetchingFolder(Sha('a')));
        File.WriteAllBytes(Path.Combine(cache.FetchingFolder(Sha('a')), "part"), new byte[8000]);

        using (cache.TryClaim(Sha('a')))
        {
            Assert.NotNull(cache.MakeRoom(Sha('c'), 5000, have: 0));
        }

        Assert.Null(cache.MakeRoom(Sha('c'), 5000, have: 0));
        Assert.False(Directory.Exists(cache.FetchingFolder(Sha('a'))));
    }

    [Fact]
    public void One_agent_alone_fetches_a_model_and_the_other_finds_it()
    {
        ModelCache mine = Cache(limit: 10_000);
        ModelCache neighbours = Cache(limit: 10_000);

        using (ModelLock claimed = mine.TryClaim(Sha('a'))!)
        {
            Assert.Null(neighbours.TryClaim(Sha('a')));
            Assert.Null(neighbours.TryOpen(Sha('a')));
            Adopt(mine, 'a', 4000);
            Assert.Null(neighbours.TryOpen(Sha('a')));
        }

        using ModelLease lease = neighbours.TryOpen(Sha('a'))!;
        Assert.Equal(4000, new FileInfo(Path.Combine(lease.Folder, "config.json")).Length);
        Assert.Null(mine.TryClaim(Sha('a')));
        CachedModel told = Assert.Single(neighbours.Summary.Models);
        Assert.Equal(("model a", Sha('a'), 4000L), (told.ModelId, told.Sha256, told.Bytes));
        Assert.False(Directory.Exists(mine.FetchingFolder(Sha('a'))));
    }

    [Theory]
    [InlineData("../../etc")]
    [InlineData("")]
    public void A_name_that_is_no_hash_is_never_a_path(string name) => Assert.Null(Cache(limit: 10_000).TryOpen(name));

    [Fact]
    public void A_folder_that_cannot_be_used_is_told_with_its_setting()
    {
        File.WriteAllText(folder.In("cache"), "a file");

        InvalidDataException closed = Assert.Throws<InvalidDataException>(() => Cache(limit: 10_000));

        Assert.StartsWith(
            $"Agent:ModelCache:Folder (models.cache.folder) is '{folder.In("cache")}', which cannot be used: ",
            closed.Message,
            StringComparison.Ordinal);
    }

    private ModelCache Cache(long limit, long? disk = null, bool inState = false) => new(
        new AgentOptions
        {
            Name = "a",
            Data = [],
            Models = [],
            StateFolder = folder.In("state"),
            Limits = new LimitOptions { DiskBytes = disk },
            ModelCache = new ModelCacheOptions { Folder = inState ? null : folder.In("cache"), LimitBytes = limit },
        },
        _ => free,
        clock,
        NullLogger.Instance);

    private static void Put(ModelCache cache, char name, int bytes)
    {
        using ModelLock claimed = cache.TryClaim(Sha(name))!;
        Adopt(cache, name, bytes);
    }

    private static void Adopt(ModelCache cache, char name, int bytes)
    {
        string unpacked = Path.Combine(cache.FetchingFolder(Sha(name)), "unpacked");
        Directory.CreateDirectory(unpacked);
        File.WriteAllBytes(Path.Combine(unpacked, "config.json"), new byte[bytes]);
        cache.Adopt(new CachedModel { ModelId = $"model {name}", Sha256 = Sha(name), Bytes = bytes }, unpacked);
    }

    private static string Sha(char name) => new(name, 64);
}
