using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Transport.Stamps;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>Tests of a fleet alone: its store, no bus, and one agent named a.</summary>
public abstract class FleetRegistryCase : IDisposable
{
    private protected static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(20);
    private protected static readonly Guid Home = new("00000000-0000-0000-0000-000000000001");

    private readonly TemporaryFolder folder = new();

    private protected FleetRegistryCase()
    {
        Store = ServiceStore.TryLead(new SqliteDatabase(DatabaseFile), "test", new StoreAccess { Time = Time })!;
        Fleet = New();
    }

    private protected FakeTimeProvider Time { get; } = new();

    private protected string DatabaseFile => folder["state.db"];

    private protected ServiceStore Store { get; }

    private protected SenderCheck Senders { get; } = new(NullLogger.Instance);

    private protected FleetRegistry Fleet { get; }

    /// <summary>What the fleet has sent agents.</summary>
    private protected List<object> Messages { get; } = [];

    public void Dispose()
    {
        Store.Dispose();
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected FleetRegistry New(SenderCheck? check = null) =>
        new(Store, outgoing => Messages.Add(outgoing.Message), Heartbeat, new MessageStamp(Home, Time), check ?? Senders, Time, NullLogger.Instance);

    private protected IEnumerable<T> Sent<T>() => Messages.OfType<T>();

    private protected static Guid Boot(int boot) => NameBasedGuid.Create(Guid.Empty, $"boot {boot}");

    private protected AgentHello Hello(int boot, Guid? installation = null) => new()
    {
        Header = Header(nameof(AgentHello), boot),
        Installation = installation ?? Home,
        ReplyQueue = Queues.Agent("a"),
        ContractMin = ContractVersion.Oldest,
        ContractMax = ContractVersion.Current,
        Build = "test",
        Platform = "test",
        Engines = [],
        Data = new DataSummary { Examples = 1, HeldOut = 1, Sha256 = new string('0', 64) },
        Bases = [],
    };

    private protected Heartbeat Beat(int boot) => new() { Header = Header(nameof(Contracts.Presence.Heartbeat), boot), State = "Idle" };

    private protected MessageHeader Header(string kind, int boot) => new MessageStamp(Boot(boot), Time).About(kind, "a");
}
