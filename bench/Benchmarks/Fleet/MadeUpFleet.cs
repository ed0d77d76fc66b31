using System.Globalization;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Privacy;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Stamps;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Benchmarks.Fleet;

/// <summary>A fleet of made-up agents and one run that has offered each of them a task: all of the coordinator but the bus, with its store on the disk.</summary>
internal sealed class MadeUpFleet : IAsyncDisposable
{
    private static readonly string[] Targets = ["query", "value"];

    private static readonly Guid RunId = new("01980000-0000-7000-8000-000000000001");

    private readonly CancellationTokenSource stopping = new();
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("edgeflora-bench-");
    private readonly AgentSharing sharing = new();
    private readonly ServiceStore service;
    private readonly RunStore store;
    private readonly FleetRegistry fleet;
    private readonly FleetShare share;
    private readonly RunAssembly run;
    private readonly Task running;

    private MadeUpFleet(int agents)
    {
        Names = [.. Enumerable.Range(0, agents).Select(i => string.Create(CultureInfo.InvariantCulture, $"agent-{i:0000}"))];
        var options = new CoordinatorOptions
        {
            Name = "bench",
            BaseModelFolder = WriteModel(),
            Labels = ["yes", "no"],
            Lora = new LoraOptions { Rank = 2, Alpha = 4 },
            Rounds = new RoundOptions { Count = 1, MinAgents = agents, Quorum = 1 },
            Store = new StoreOptions { StateFolder = folder.FullName },
        };
        Sender = new NoSender(agents);
        service = ServiceStore.TryLead(new SqliteDatabase(options.Store.DatabaseFile), "bench", new StoreAccess())!;
        service.AddRun(new StoredRun(RunId.ToString(), options.Name, "{}", "Running", Detail: null, Entry: null), command: null);
        store = RunStore.Open(new SqliteDatabase(options.Store.DatabaseFile), RunId.ToString(), service.Term, "bench", new StoreAccess());
        var terms = new RunTerms { RunId = RunId, HeartbeatMs = 20_000 };
        var hooks = new RunHooks { Stepped = Share };
        BaseModelFiles model = BaseModelFiles.ReadAsync(options, CancellationToken.None).GetAwaiter().GetResult();
        run = new RunAssembly(
            options, terms, hooks, model, store, new BlobStore(options.Store.BlobFolder), Sender, TimeProvider.System, CryptographicSource.Draw,
            NullLogger.Instance, static (_, _) => { });
        share = new FleetShare(run.Facts);
        fleet = new FleetRegistry(
            service, static _ => { }, TimeSpan.FromSeconds(20), new MessageStamp(Guid.Empty, TimeProvider.System), new SenderCheck(NullLogger.Instance),
            TimeProvider.System, NullLogger.Instance)
        {
            Hooks =
            {
                Joined = (agent, said) => run.Loop.Post(new FleetMember(agent.Hello, said)),
                Heard = run.Loop.Post,
            },
        };
        running = run.RunAsync(stopping.Token);
        foreach (string name in Names)
        {
            fleet.Take(Hello(name, model.Base), user: null);
        }
    }

    public string[] Names { get; }

    private NoSender Sender { get; }

    /// <summary>Returns once every agent was offered its task.</summary>
    public static async Task<(MadeUpFleet Fleet, IReadOnlyList<TaskOffer> Offers)> StartAsync(int agents)
    {
        var made = new MadeUpFleet(agents);
        IReadOnlyList<TaskOffer> offers = await made.Sender.Offers.WaitAsync(TimeSpan.FromMinutes(2));
        await made.DoneAsync();
        return (made, offers);
    }

    /// <summary>Takes a heartbeat in, as the fleet's queue would hand it over; the run has it when <see cref="DoneAsync"/> returns.</summary>
    public void Beat(string agent)
    {
        var beat = new Heartbeat { Header = Stamp(agent).About(nameof(Heartbeat), agent), State = "Training" };
        fleet.Take(beat, user: null);
    }

    /// <summary>Has an agent take its task; completes once that is stored.</summary>
    public Task AcceptAsync(TaskOffer offer) =>
        run.Loop.PostAsync(new TaskAccepted { Header = Stamp(offer.Header.AgentId).Like(offer.Header, nameof(TaskAccepted)) });

    /// <summary>Completes once everything before it is done.</summary>
    public Task DoneAsync() => run.Loop.AskAsync(new Tick());

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        store.Dispose();
        service.Dispose();
        stopping.Dispose();
        folder.Delete(recursive: true);
    }

    private void Share(LiveRun state, long now)
    {
        IReadOnlyList<AgentGrant> grants = share.Update(
            state, now, new HashSet<string>(), wish => sharing.Update(RunId, priority: 0, state.GrantsSeen, wish.Demand, wish.Changed));
        foreach (AgentGrant grant in grants)
        {
            run.Loop.Post(new GrantedAgents(grant.Agents));
        }
    }

    private string WriteModel()
    {
        string model = Path.Combine(folder.FullName, "model");
        Directory.CreateDirectory(model);
        File.WriteAllText(Path.Combine(model, "config.json"), """{ "model_type": "bert", "hidden_size": 4 }""");
        SafetensorsWriter.Write(
            Path.Combine(model, "model.safetensors"),
            [.. Targets.Select(target => new TensorData($"bert.encoder.layer.0.attention.self.{target}.weight", [6, 4], new float[24]))]);
        return model;
    }

    private static AgentHello Hello(string agent, BaseModelRef model) => new()
    {
        Header = Stamp(agent).About(nameof(AgentHello), agent),
        ReplyQueue = Queues.Agent(agent),
        ContractMin = ContractVersion.Oldest,
        ContractMax = ContractVersion.Current,
        Build = "bench",
        Platform = "bench",
        Engines = [],
        Data = new DataSummary { Examples = 10, HeldOut = 5, Sha256 = new string('0', 64) },
        Bases = [model],
    };

    private static MessageStamp Stamp(string agent) => new(NameBasedGuid.Create(Guid.Empty, agent), TimeProvider.System);
}
