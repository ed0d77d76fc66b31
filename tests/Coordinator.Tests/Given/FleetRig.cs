using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>A service with its fleet of scripted agents on one in-memory bus. The service can be killed and started again.</summary>
internal sealed class FleetRig : IAsyncDisposable
{
    private readonly TemporaryFolder folder;
    private readonly MessageBus bus;
    private readonly string model;
    private readonly string baseSha256;
    private readonly List<ScriptedAgent> agents = [];
    private CancellationTokenSource stopping = new();
    private Task serving = Task.CompletedTask;

    private FleetRig(TemporaryFolder folder, MessageBus bus, string model, string baseSha256, EventRecorder events)
    {
        this.folder = folder;
        this.bus = bus;
        this.model = model;
        this.baseSha256 = baseSha256;
        Events = events;
    }

    public EventRecorder Events { get; }

    public CoordinatorHost Host { get; private set; } = null!;

    public IRunService Runs => Host.Runs;

    /// <summary>The service's; another counts from the next start on.</summary>
    public required string StateFolder { get; set; }

    /// <summary>Whether the service is told, from the next start on, that its state was restored.</summary>
    public bool Restored { get; set; }

    /// <summary>Answers for a broker that is asked for its queues, from the next start on; null: there is none to ask.</summary>
    public Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyList<QueueDepth>>>? QueueDepths { get; set; }

    private Action<RunEvent>? Watch { get; init; }

    /// <summary>Folders of base models that specs name; one that names none gets a model that is there.</summary>
    public Dictionary<string, string> Models { get; } = new(StringComparer.Ordinal);

    /// <summary>The database that its state is in; null: a file of the state folder.</summary>
    public PostgresOptions? Postgres { get; init; }

    /// <summary>What its replicas have in common, where they have folders of their own.</summary>
    private PostgresFiles? SharedFiles { get; init; }

    /// <summary>Queues that the service had removed.</summary>
    public List<string> Removed { get; } = [];

    /// <summary>Whether the broker does not let queues be removed.</summary>
    public bool KeepsQueues { get; set; }

    public static CommandContext Command(string? key = null, string fingerprint = "") => new("operator", key, fingerprint);

    /// <param name="watch">Shown the events of runs as the service has them.</param>
    public static async Task<FleetRig> StartAsync(TemporaryFolder folder, Action<RunEvent>? watch = null, PostgresOptions? postgres = null)
    {
        CoordinatorOptions options = Settings.For(folder);
        BaseModelFiles files = await BaseModelFiles.ReadAsync(options, CancellationToken.None);
        MessageBus bus = await BusFactory.StartAsync(new BrokerOptions(), TimeProvider.System, null, CancellationToken.None);
        var rig = new FleetRig(folder, bus, options.BaseModelFolder, files.Base.Sha256, await EventRecorder.ConnectAsync(bus))
        {
            Watch = watch,
            StateFolder = folder["state"],
            Postgres = postgres,
            SharedFiles = postgres is { SharesNoFolder: true } ? new PostgresFiles(postgres, TimeProvider.System) : null,
        };
        await rig.ServeAsync();
        return rig;
    }

    public async Task ServeAsync()
    {
        SigningKeys.Give(new StoreOptions { StateFolder = StateFolder });
        stopping = new CancellationTokenSource();
        Host = new CoordinatorHost(
            bus,
            new CoordinatorHostOptions
            {
                StateFolder = StateFolder,
                Postgres = Postgres,
                SharedFiles = SharedFiles,
                Restored = Restored,
                OutputFolder = folder["out"],
                QueueDepths = QueueDepths,
                Watch = Watch,
                ModelFolder = name => name is null ? model : Models[name],
                RemoveQueues = (queues, _) =>
                {
                    if (KeepsQueues)
                    {
                        throw new IOException("The broker is away.");
                    }

                    Removed.AddRange(queues);
                    return Task.CompletedTask;
                },
            },
            TimeProvider.System,
            NullLoggerFactory.Instance);
        serving = Host.RunAsync(stopping.Token);
        await Host.Started.InTimeAsync();
    }

    /// <summary>Kills the service, and starts another on the same state.</summary>
    public async Task RestartAsync()
    {
        await Host.DieAsync();
        await serving;
        await ServeAsync();
    }

    public Task AddAsync(Func<TaskOffer, CancellationToken, Task>? onOffer, params string[] names) => AddAsync(onOffer, static _ => null, names);

    /// <param name="lossRatio">See <see cref="ScriptedAgent.LossRatio"/>.</param>
    public async Task AddAsync(Func<TaskOffer, CancellationToken, Task>? onOffer, Func<TaskOffer, double?> lossRatio, params string[] names)
    {
        foreach (string name in names)
        {
            agents.Add(await ScriptedAgent.StartAsync(bus, name, baseSha256, folder, AgentRole.Trainer, 1, onOffer, lossRatio: lossRatio));
        }
    }

    /// <summary>Looks again and again until something has come true; fails when it takes too long.</summary>
    public static Task UntilAsync(Func<Task<bool>> isSo, [CallerArgumentExpression(nameof(isSo))] string what = "") =>
        LimitedWait.UntilAsync(isSo, state: null, what);

    public static RunSubmission Submission(string name, int rounds = 2, int agentsNeeded = 3, Func<RunSpec, RunSpec>? but = null)
    {
        var spec = new RunSpec
        {
            Name = name,
            Labels = ["yes", "no"],
            Lora = new LoraOptions { Rank = 2, Alpha = 4 },
            Training = new TrainingOptions { Steps = 3 },
            Aggregation = new AggregationOptions { Threads = 1 },
            Rounds = new RoundOptions { Count = rounds, MinAgents = agentsNeeded, Quorum = 1 },
        };
        var document = new JsonObject
        {
            ["name"] = name,
            ["labels"] = new JsonArray("yes", "no"),
            ["lora"] = new JsonObject { ["rank"] = 2, ["alpha"] = 4 },
            ["training"] = new JsonObject { ["steps"] = 3 },
            ["rounds"] = new JsonObject { ["count"] = rounds },
            ["agents"] = new JsonObject { ["min"] = agentsNeeded, ["quorum"] = 1 },
        };
        return new RunSubmission(but is null ? spec : but(spec), document);
    }

    public async Task<Guid> SubmitAsync(string name, int rounds = 2, int agentsNeeded = 3, Func<RunSpec, RunSpec>? but = null) =>
        (await Runs.SubmitAsync(Command(), Submission(name, rounds, agentsNeeded, but), CancellationToken.None)).Summary.Id;

    public Task<RunOutcome> OutcomeAsync(Guid run) => Host.OutcomeAsync(run).InTimeAsync(Events.Describe, "the end of a run");

    public Task<RunDetail> FindAsync(Guid run) => Runs.FindAsync(run, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        foreach (ScriptedAgent agent in agents)
        {
            await agent.DisposeAsync();
        }

        await stopping.CancelAsync();
        await serving.InTimeAsync();
        await Events.StopAsync();
        await bus.StopAsync();
        stopping.Dispose();
        SharedFiles?.Dispose();
    }
}
