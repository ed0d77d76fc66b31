using System.Text.Json.Nodes;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Transport.Stamps;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Fleet;

/// <summary>Since which rounds an agent has the build that it has.</summary>
public sealed class FleetBuildTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider time = new();
    private readonly ServiceStore store;
    private readonly FleetRegistry fleet;

    public FleetBuildTests()
    {
        store = ServiceStore.TryLead(new SqliteDatabase(folder["state.db"]), "test", new StoreAccess { Time = time })!;
        fleet = New();
    }

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    /// <summary>
    /// What an agent did before its present build is not that build's work: the newest rounds of runs under way are noted with its first hello, and
    /// stay noted over a restart of either side.
    /// </summary>
    [Fact]
    public void Since_which_round_an_agent_has_its_build_is_noted_with_the_first_hello_of_it()
    {
        store.AddRun(new StoredRun("one", "one", "{}", nameof(RunState.Running), Detail: null, Entry: null), command: null);
        store.AddRun(new StoredRun("over", "over", "{}", nameof(RunState.Completed), Detail: null, Entry: null), command: null);
        Open("over", 9);
        Open("one", 1);
        Open("one", 2);
        fleet.Take(Hello(boot: 1), user: null);
        Assert.Equal(new Dictionary<string, int> { ["one"] = 2 }, fleet.Find("a")!.BuildSince);

        Open("one", 3);
        Open("one", 4, RoundState.Planned);
        fleet.Take(Hello(boot: 2), user: null);
        FleetRegistry successor = New();
        successor.Load();
        successor.Take(Hello(boot: 3), user: null);
        Assert.Equal(new Dictionary<string, int> { ["one"] = 2 }, successor.Find("a")!.BuildSince);

        successor.Take(Hello(boot: 4) with { Build = "next" }, user: null);
        Assert.Equal(new Dictionary<string, int> { ["one"] = 3 }, successor.Find("a")!.BuildSince);
        FleetAgent agent = successor.Find("a")!;
        Assert.Equal((false, true, true), (agent.HadBuild("one", 3), agent.HadBuild("one", 4), agent.HadBuild("two", 1)));
    }

    /// <summary>An earlier release did not note it: nothing counts until the agent says hello, and then what comes after.</summary>
    [Fact]
    public void An_agent_that_an_earlier_release_stored_has_its_build_since_its_next_hello()
    {
        store.AddRun(new StoredRun("one", "one", "{}", nameof(RunState.Running), Detail: null, Entry: null), command: null);
        Open("one", 1);
        fleet.Take(Hello(boot: 1), user: null);
        JsonObject body = JsonNode.Parse(Assert.Single(store.Fleet()).Body)!.AsObject();
        Assert.True(body.Remove(nameof(FleetAgent.BuildSince)));
        store.SaveAgent("a", body.ToJsonString(), history: null);
        FleetRegistry successor = New();
        successor.Load();
        Assert.False(successor.Find("a")!.HadBuild("one", 1));

        Open("one", 2);
        successor.Take(Hello(boot: 1), user: null);

        Assert.Equal(new Dictionary<string, int> { ["one"] = 2 }, successor.Find("a")!.BuildSince);
    }

    private FleetRegistry New() => new(
        store,
        _ => { },
        TimeSpan.FromSeconds(20),
        new MessageStamp(Guid.Empty, time),
        new SenderCheck(NullLogger.Instance),
        time,
        NullLogger.Instance);

    private void Open(string run, int number, RoundState state = RoundState.Offering)
    {
        using RunStore rounds = RunStore.Open(new SqliteDatabase(folder["state.db"]), run, store.Term, "test", new StoreAccess { Time = time });
        using StoreTransaction transaction = rounds.Begin(clock: 1);
        var planned = Round.Plan(number, needed: 1, deadline: 500, typicalTaskMs: 30, []);
        transaction.AddRound(planned);
        transaction.SaveRound(planned, planned with { State = state });
        transaction.Commit();
    }

    private AgentHello Hello(int boot) => new()
    {
        Header = new MessageStamp(NameBasedGuid.Create(Guid.Empty, $"boot {boot}"), time).About(nameof(AgentHello), "a"),
        ReplyQueue = Queues.Agent("a"),
        ContractMin = ContractVersion.Oldest,
        ContractMax = ContractVersion.Current,
        Build = "test",
        Platform = "test",
        Engines = [],
        Data = new DataSummary { Examples = 1, HeldOut = 1, Sha256 = new string('0', 64) },
        Bases = [],
    };
}
