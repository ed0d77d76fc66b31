using System.Globalization;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Stamps;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Fleet;

public sealed class ConnectionWatchTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider time = new();
    private readonly HashSet<string> gone = new(StringComparer.Ordinal);
    private readonly HashSet<string> working = new(StringComparer.Ordinal);
    private readonly List<IReadOnlyCollection<string>> asked = [];
    private readonly List<string> cutOff = [];
    private readonly ServiceStore store;
    private readonly FleetRegistry fleet;
    private readonly ConnectionWatch watch;
    private Exception? failure;

    public ConnectionWatchTests()
    {
        store = ServiceStore.TryLead(new SqliteDatabase(folder["state.db"]), "test", new StoreAccess { Time = time })!;
        fleet = new FleetRegistry(
            store,
            static _ => { },
            TimeSpan.FromMinutes(10),
            new MessageStamp(Guid.Empty, time),
            new SenderCheck(NullLogger.Instance),
            time,
            NullLogger.Instance)
        {
            Hooks = { CutOff = (agent, _) => cutOff.Add(agent) },
        };
        watch = new ConnectionWatch(fleet, FindGoneAsync, () => working, time, NullLogger.Instance);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task An_agent_whose_connection_is_missed_twice_is_away_until_it_is_heard()
    {
        Hello("a", 1);
        Hello("b", 1);
        working.UnionWith(["a", "b"]);
        gone.Add(Queue("a", 1));

        await LookAsync();
        Assert.Equal(AgentPresence.Online, Presence("a"));
        await LookAsync();
        Assert.Equal((AgentPresence.Silent, AgentPresence.Online), (Presence("a"), Presence("b")));
        Assert.Equal(["a"], cutOff);
        await LookAsync();
        Assert.Equal([Queue("b", 1)], asked[^1]);
        Beat("a", 2);

        Assert.Equal(AgentPresence.Online, Presence("a"));
        await LookAsync();
        Assert.Contains(Queue("a", 2), asked[^1]);
        Assert.Equal(["a"], cutOff);
    }

    [Fact]
    public async Task A_miss_that_is_not_confirmed_is_forgotten()
    {
        Hello("a", 1);
        working.Add("a");
        for (int i = 0; i < 3; i++)
        {
            gone.Add(Queue("a", 1));
            await LookAsync();
            gone.Clear();
            await LookAsync();
        }

        Assert.Empty(cutOff);
    }

    [Fact]
    public async Task A_connection_that_took_the_place_of_the_one_that_is_gone_counts()
    {
        Hello("a", 1);
        working.Add("a");
        gone.Add(Queue("a", 1));
        await LookAsync();

        Hello("a", 2);
        await LookAsync();
        await LookAsync();

        Assert.Empty(cutOff);
        Assert.Equal([Queue("a", 2)], asked[^1]);
    }

    /// <summary>A broker that is restarted drops everybody's queues.</summary>
    [Fact]
    public async Task Where_our_own_connection_goes_too_nobody_is_taken_for_gone_and_only_queues_named_since_are_asked_for()
    {
        string[] agents = ["a", "b", "c"];
        foreach (string agent in agents)
        {
            Hello(agent, 1);
            gone.Add(Queue(agent, 1));
        }

        working.UnionWith(agents);
        await LookAsync();
        failure = new IOException("The broker was stopped.");
        await LookAsync();
        failure = null;
        await LookAsync();
        await LookAsync();
        Assert.Empty(cutOff);
        Assert.All(agents, agent => Assert.Equal(AgentPresence.Online, Presence(agent)));
        Assert.Empty(asked[^1]);

        Beat("b", 2);
        await LookAsync();
        Assert.Equal([Queue("b", 2)], asked[^1]);
    }

    [Fact]
    public async Task However_many_agents_work_the_rate_is_bounded_and_everybody_has_a_turn()
    {
        string[] agents = [.. Enumerable.Range(0, 1200).Select(i => string.Create(CultureInfo.InvariantCulture, $"agent-{i}"))];
        foreach (string agent in agents)
        {
            Hello(agent, 1);
        }

        working.UnionWith(agents);
        for (int i = 0; i < 3; i++)
        {
            await LookAsync();
            Assert.InRange(asked[^1].Count, 1, ConnectionWatch.MaxAtOnce);
        }

        Assert.Equal(agents.Select(agent => Queue(agent, 1)).Order(), asked.SelectMany(queues => queues).Distinct().Order());
        gone.Add(asked[^1].First());
        for (int i = 0; i < 4; i++)
        {
            await LookAsync();
        }

        Assert.Single(cutOff);
    }

    [Fact]
    public async Task Agents_with_nothing_to_do_are_asked_for_less_often()
    {
        Hello("idle", 1);
        Hello("working", 1);
        working.Add("working");

        int looks = (int)(ConnectionWatch.IdleInterval / ConnectionWatch.Interval);
        for (int i = 0; i < looks; i++)
        {
            await LookAsync();
        }

        Assert.Equal(1, asked.Count(queues => queues.Contains(Queue("idle", 1))));
        Assert.Equal(looks, asked.Count(queues => queues.Contains(Queue("working", 1))));
        gone.Add(Queue("idle", 1));
        await LookAsync();
        await LookAsync();
        Assert.Equal(["idle"], cutOff);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("ef.fleet")]
    [InlineData("ef.agent.a")]
    [InlineData("ef.agent.b.0123abcd.live")]
    [InlineData("ef.agent.a.0123abcd.live\n")]
    [InlineData("ef.agent.a.0123ABCD.live")]
    public async Task Nothing_is_sent_to_a_queue_that_is_no_connections_of_the_agents_own(string? queue)
    {
        fleet.Take(HelloOf("a", 1) with { ConnectionQueue = queue }, user: null);
        working.Add("a");

        await LookAsync();

        Assert.Empty(asked[^1]);
    }

    [Fact]
    public async Task An_agent_that_has_left_is_not_asked_for()
    {
        Hello("a", 1);
        fleet.Take(new AgentBye { Header = Header("a", nameof(AgentBye)), Reason = "stopped" }, user: null);

        await LookAsync();

        Assert.Empty(asked[^1]);
    }

    [Fact]
    public async Task Another_installation_takes_the_name_of_one_whose_connection_is_gone_at_once()
    {
        Hello("a", 1);
        working.Add("a");
        gone.Add(Queue("a", 1));
        await LookAsync();
        await LookAsync();

        var elsewhere = new Guid("00000000-0000-0000-0000-000000000002");
        fleet.Take(HelloOf("a", 2) with { Installation = elsewhere }, user: null);

        Assert.Equal(elsewhere, fleet.Find("a")!.Hello.Installation);
    }

    private Task<IReadOnlyList<string>> FindGoneAsync(IReadOnlyCollection<string> queues, CancellationToken stop)
    {
        asked.Add(queues);
        return failure is null
            ? Task.FromResult<IReadOnlyList<string>>([.. queues.Where(gone.Contains)])
            : Task.FromException<IReadOnlyList<string>>(failure);
    }

    private async Task LookAsync()
    {
        await watch.LookAsync(Stop);
        time.Advance(ConnectionWatch.Interval);
    }

    private AgentPresence Presence(string agent) => fleet.PresenceOf(fleet.Find(agent)!);

    private static string Queue(string agent, int connection) => Queues.Connection(agent, connection.ToString("x8", CultureInfo.InvariantCulture));

    private void Hello(string agent, int connection) => fleet.Take(HelloOf(agent, connection), user: null);

    private void Beat(string agent, int connection) => fleet.Take(
        new Heartbeat { Header = Header(agent, nameof(Heartbeat)), State = "Idle", ConnectionQueue = Queue(agent, connection) }, user: null);

    private AgentHello HelloOf(string agent, int connection) => new()
    {
        Header = Header(agent, nameof(AgentHello)),
        ReplyQueue = Queues.Agent(agent),
        ConnectionQueue = Queue(agent, connection),
        ContractMin = ContractVersion.Oldest,
        ContractMax = ContractVersion.Current,
        Build = "test",
        Platform = "test",
        Engines = [],
        Data = new DataSummary { Examples = 1, HeldOut = 1, Sha256 = new string('0', 64) },
        Bases = [],
    };

    private MessageHeader Header(string agent, string kind) => new MessageStamp(NameBasedGuid.Create(Guid.Empty, agent), time).About(kind, agent);
}
