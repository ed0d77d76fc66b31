using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Models;

/// <summary>Agents that lack a run's model.</summary>
public sealed class FetchingAgentTests : IDisposable
{
    private static readonly BlobClaim Archive = new() { Sha256 = new string('a', 64), Size = 1_500_000, ChunkSize = 1 << 20, Codec = "ustar" };

    private static readonly ModelCacheSummary Cache = new() { RoomBytes = 2_000_000, LimitBytes = 10_000_000 };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task An_agent_that_fetches_takes_part_and_gets_the_model_it_lacks()
    {
        await using RunRig rig = await RunRig.StartAsync(Settings.For(folder, rounds: 1), archive: Archive);
        await rig.HelloAllAsync("b", "c");
        await rig.HelloAsync("a", but: hello => hello with { Bases = [], ModelCache = Cache });

        TaskOffer offer = await rig.OfferAsync("a");
        await rig.PostAsync(new BlobWanted { Header = rig.Reply(offer.Header, nameof(BlobWanted)), Sha256 = Archive.Sha256, Missing = [0] });

        Assert.Equal(Archive, offer.BaseArchive);
        Assert.Equal(Archive.Sha256, ((BlobWanted)Assert.Single(rig.Transfers).Message).Sha256);
    }

    [Fact]
    public async Task What_it_fetches_and_waits_for_is_told()
    {
        await using RunRig rig = await RunRig.StartAsync(Settings.For(folder, rounds: 1), archive: Archive);
        await rig.HelloAllAsync("a", "b", "c");
        TaskOffer offer = await rig.OfferAsync("a");

        await rig.PostAsync(new TaskProgress
        {
            Header = rig.Reply(offer.Header, nameof(TaskProgress)),
            Phase = TaskPhase.Fetching,
            Step = 1,
            Total = 3,
            Waiting = "waits for agent 'b' (process 7) on this machine, which fetches it",
        });

        RunEvent told = await rig.Sender.EventAsync(RunEventKind.TaskProgressed, happened => happened.AgentId == "a");
        Assert.Equal(("Fetching", 1, 3), (told.Phase, told.Step, told.Total));
        Assert.StartsWith("waits for agent 'b'", told.Detail, StringComparison.Ordinal);
    }

    public static TheoryData<ModelCacheSummary?, long?, string> Refused => new()
    {
        { Cache, 2_500_000, "which the agent lacks and would fetch; that takes 2.5 MB, and the agent has room for 2.0 MB." },
        { null, 1_500_000, "the agent holds none, and fetches none." },
        { Cache, null, "the agent holds none." },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task One_that_cannot_is_told_why(ModelCacheSummary? cache, long? archive, string why)
    {
        CoordinatorOptions options = Settings.For(folder, rounds: 1);
        await using RunRig rig = await RunRig.StartAsync(options, archive: archive is { } size ? Archive with { Size = size } : null);

        await rig.HelloAsync("a", but: hello => hello with { Bases = [], ModelCache = cache });

        RunEvent refused = await rig.Sender.EventAsync(RunEventKind.AgentRefused, happened => happened.AgentId == "a");
        Assert.Equal(nameof(RefusalCode.NoBase), refused.Code);
        Assert.EndsWith(why, refused.Detail, StringComparison.Ordinal);
    }
}
