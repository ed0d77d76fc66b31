using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>
/// Agents in this process that do no training, on a bus of their own to a real broker: a test says when they answer, and a measurement is of the
/// platform alone.
/// </summary>
internal sealed class ScriptedFleet : IAsyncDisposable
{
    private readonly MessageBus bus;
    private readonly string baseSha256;
    private readonly Coordinator.Tests.Given.TemporaryFolder folder = new();
    private readonly List<ScriptedAgent> agents = [];

    private ScriptedFleet(MessageBus bus, string baseSha256, EventRecorder events)
    {
        this.bus = bus;
        this.baseSha256 = baseSha256;
        Events = events;
    }

    /// <summary>What the service publishes.</summary>
    public EventRecorder Events { get; }

    public static async Task<ScriptedFleet> StartAsync(string broker)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        var options = new CoordinatorOptions
        {
            BaseModelFolder = ModelOption.EmbeddedFolder,
            Labels = ["files", "network"],
            Store = new StoreOptions { StateFolder = "unused" },
        };
        BaseModelFiles model = await BaseModelFiles.ReadAsync(options, stop);
        MessageBus bus = await BusFactory.StartAsync(new BrokerOptions { Url = broker }, TimeProvider.System, null, stop);
        return new ScriptedFleet(bus, model.Base.Sha256, await EventRecorder.ConnectAsync(bus));
    }

    /// <summary>Adds an agent, and waits until the running service has heard of it: from then on it knows its name.</summary>
    /// <param name="onOffer">Called with each offer before it is worked on.</param>
    public async Task AddAsync(string name, Func<TaskOffer, CancellationToken, Task>? onOffer = null, AgentRole role = AgentRole.Trainer)
    {
        agents.Add(await ScriptedAgent.StartAsync(bus, name, baseSha256, folder, role, boot: 1, onOffer, beats: true));
        await agents[^1].AnsweredAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ScriptedAgent agent in agents)
        {
            await agent.DisposeAsync();
        }

        await Events.StopAsync();
        await BusFactory.StopAsync(bus);
        folder.Dispose();
    }
}
