using System.Runtime.CompilerServices;
using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Privacy;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>A coordinator and scripted agents on one in-memory bus.</summary>
internal sealed class Federation : IAsyncDisposable
{
    private readonly TemporaryFolder folder;
    private readonly MessageBus bus;
    private readonly string baseSha256;
    private readonly List<ScriptedAgent> agents = [];
    private EventRecorder? events;

    private Federation(TemporaryFolder folder, CoordinatorOptions options, MessageBus bus, string baseSha256)
    {
        this.folder = folder;
        Options = options;
        this.bus = bus;
        this.baseSha256 = baseSha256;
    }

    public CoordinatorOptions Options { get; }

    public MessageBus Bus => bus;

    public static async Task<Federation> StartAsync(TemporaryFolder folder, CoordinatorOptions options)
    {
        BaseModelFiles model = await BaseModelFiles.ReadAsync(options, CancellationToken.None);
        MessageBus bus = await BusFactory.StartAsync(new BrokerOptions(), TimeProvider.System, null, CancellationToken.None);
        var federation = new Federation(folder, options, bus, model.Base.Sha256);
        federation.events = await EventRecorder.ConnectAsync(bus);
        return federation;
    }

    /// <summary>The first event that was or will be published and fits.</summary>
    public Task<RunEvent> SeenAsync(Func<RunEvent, bool> wanted, [CallerArgumentExpression(nameof(wanted))] string what = "") =>
        events!.SeenAsync(wanted, what);

    public async Task<ScriptedAgent> AddAsync(
        string name, AgentRole role = AgentRole.Trainer, int boot = 1, Func<TaskOffer, CancellationToken, Task>? onOffer = null, Func<TaskOffer, LoraAdapter, LoraAdapter>? train = null)
    {
        ScriptedAgent agent = await ScriptedAgent.StartAsync(bus, name, baseSha256, folder, role, boot, onOffer, train, Options.Task);
        agents.Add(agent);
        return agent;
    }

    public async Task<List<ScriptedAgent>> AddAsync(IEnumerable<string> names)
    {
        List<ScriptedAgent> added = [];
        foreach (string name in names)
        {
            added.Add(await AddAsync(name));
        }

        return added;
    }

    /// <summary>Draws what is secret in private runs.</summary>
    public SecretSource Secrets { get; set; } = CryptographicSource.Draw;

    public CoordinatorService NewCoordinator(Action<string>? failpoint = null)
    {
        SigningKeys.Give(Options.Store);
        return new(bus, Options, TimeProvider.System, NullLoggerFactory.Instance)
        {
            Failpoint = failpoint ?? (static _ => { }),
            SecretSource = Secrets,
        };
    }

    public Task<RunOutcome> RunAsync(Action<string>? failpoint = null) =>
        NewCoordinator(failpoint).RunAsync(CancellationToken.None).InTimeAsync(events!.Describe, "the end of the run");

    /// <summary>Runs until the coordinator dies.</summary>
    /// <param name="failpoint">Where.</param>
    /// <param name="time">At which passing of it, from 1.</param>
    public async Task CrashAsync(string failpoint, int time = 1)
    {
        int passed = 0;
        await Assert.ThrowsAsync<SimulatedCrashException>(() => RunAsync(at =>
        {
            if (at == failpoint && ++passed == time)
            {
                throw new SimulatedCrashException();
            }
        }));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ScriptedAgent agent in agents)
        {
            await agent.DisposeAsync();
        }

        await events!.StopAsync();
        await bus.StopAsync();
    }
}
