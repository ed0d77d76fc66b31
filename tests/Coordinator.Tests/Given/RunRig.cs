using System.Collections.Concurrent;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Privacy;
using EdgeFlora.Coordinator.Provenance;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Api;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>A coordinator's run without a bus: a test posts what agents would send and looks at what is sent back.</summary>
internal sealed class RunRig : IAsyncDisposable
{
    private static readonly Guid RunId = new("01980000-0000-7000-8000-000000000001");

    private readonly CancellationTokenSource stopping = new();
    private readonly AgentSharing sharing = new();
    private readonly RunStore store;
    private readonly BaseModelFiles model;
    private readonly RunAssembly assembly;
    private readonly ConcurrentDictionary<string, AgentWithdrawn> away;
    private readonly Dictionary<string, int> boots = new(StringComparer.Ordinal);

    private RunRig(
        CoordinatorOptions options, BaseModelFiles model, TimeProvider time, SecretSource secrets, RunTerms terms, IEnumerable<AgentWithdrawn> away)
    {
        this.away = new ConcurrentDictionary<string, AgentWithdrawn>(
            away.Select(withdrawn => KeyValuePair.Create(withdrawn.Agent, withdrawn)), StringComparer.Ordinal);
        Directory.CreateDirectory(options.Store.StateFolder);
        this.model = model;
        Options = options;
        Blobs = new BlobStore(options.Store.BlobFolder);
        var access = new StoreAccess { Time = time, OnLocked = Waited.Add, Stop = stopping.Token };
        store = TestStore.Open(options.Store.DatabaseFile, RunId.ToString(), access);
        assembly = new RunAssembly(
            options,
            terms,
            new RunHooks
            {
                Stepped = Share,
                WhyAway = agent => this.away.GetValueOrDefault(agent),
                IsDrained = agent => Drained.ContainsKey(agent),
            },
            model,
            store,
            Blobs,
            Sender,
            time,
            secrets,
            Log,
            (message, peer) => Transfers.Add((message, peer)));
        sharing.Hold(RunId, [.. Demand(assembly.State, assembly.Clock.Now, paused: true).Kept]);
        Outcome = assembly.RunAsync(stopping.Token);
    }

    public CoordinatorOptions Options { get; }

    public RecordedLog Log { get; } = new();

    /// <summary>Agents that finish what they have and get nothing new.</summary>
    public ConcurrentDictionary<string, bool> Drained { get; } = new(StringComparer.Ordinal);

    /// <summary>How long the store has waited for its lock, each time that was told.</summary>
    public ConcurrentBag<TimeSpan> Waited { get; } = [];

    public RecordingSender Sender { get; } = new();

    public BlobStore Blobs { get; }

    public List<(object Message, BlobPeer Peer)> Transfers { get; } = [];

    public Task<RunOutcome> Outcome { get; }

    public RunFacts Facts => assembly.Facts;

    /// <summary>What the run's loop knows; only to be touched while it has nothing to do.</summary>
    public LiveRun State => assembly.State;

    /// <param name="but">Changes the run's place in the service.</param>
    /// <param name="archive">What agents fetch which lack the base model.</param>
    /// <param name="away">Agents that the fleet has taken away.</param>
    public static async Task<RunRig> StartAsync(
        CoordinatorOptions options,
        TimeProvider? time = null,
        SecretSource? secrets = null,
        string? dataSet = null,
        Func<RunTerms, RunTerms>? but = null,
        BlobClaim? archive = null,
        IEnumerable<AgentWithdrawn>? away = null)
    {
        SigningKeys.Give(options.Store);
        var terms = new RunTerms
        {
            Key = () => ProvenanceKey.Load(options.Store.ProvenanceKeyFile),
            RunId = RunId,
            DataSet = dataSet,
            HeartbeatMs = (int)Math.Clamp(options.Rounds.LeaseGrace.TotalMilliseconds / 5, 1, 20_000),
        };
        return new(
            options,
            await BaseModelFiles.ReadAsync(options, CancellationToken.None) with { Archive = archive },
            time ?? TimeProvider.System,
            secrets ?? CryptographicSource.Draw,
            but is null ? terms : but(terms),
            away ?? []);
    }

    public Task PostAsync(object message) => assembly.Loop.PostAsync(message);

    /// <summary>Repeats a report, as an agent would, until an answer of the wanted code is out.</summary>
    public async Task<ResultRejected> RejectedAsync(ResultReady result, RejectionCode code)
    {
        ResultRejected? answer = null;
        await LimitedWait.UntilAsync(
            async () =>
            {
                await PostAsync(result);
                answer = Sender.Sent.Select(sent => sent.Message).OfType<ResultRejected>().FirstOrDefault(rejected => rejected.Code == code);
                return answer is not null;
            },
            what: $"a result is rejected as {code}");
        return answer!;
    }

    /// <summary>An input of the coordinator's own; does not wait.</summary>
    public void Post(object input) => assembly.Loop.Post(input);

    /// <summary>The fleet takes an agent away, and knows it so until it says hello again; does not wait.</summary>
    public void Withdraw(string name, string code)
    {
        away[name] = new AgentWithdrawn(name, code, "test");
        Post(away[name]);
    }

    public Task HelloAsync(string name, int boot = 1, Func<AgentHello, AgentHello>? but = null, bool said = true)
    {
        boots[name] = boot;
        away.TryRemove(name, out _);
        var hello = new AgentHello
        {
            Header = Stamp(name, boot).About(nameof(AgentHello), name),
            ReplyQueue = Queues.Agent(name),
            ContractMin = ContractVersion.Oldest,
            ContractMax = ContractVersion.Current,
            Build = "test",
            Platform = "test",
            Role = AgentRole.Trainer,
            Task = Options.Task,
            Engines = [],
            Data = new DataSummary { Examples = 10, HeldOut = 5, Sha256 = new string('0', 64) },
            Bases = [model.Base],
        };
        return assembly.Loop.AskAsync(new FleetMember(but is null ? hello : but(hello), said));
    }

    public async Task HelloAllAsync(params string[] names)
    {
        foreach (string name in names)
        {
            await HelloAsync(name);
        }
    }

    public Task HeartbeatAsync(string name, int boot) => PostAsync(
        new Heartbeat { Header = Stamp(name, boot).About(nameof(Heartbeat), name, Facts.RunId), State = "Idle" });

    public Task<TaskOffer> OfferAsync(string name, int round = 1, int epoch = 1) =>
        Sender.ForAsync<TaskOffer>(name, offer => offer.Header.Round == round && offer.Header.LeaseEpoch == epoch);

    /// <summary>A header as the agent would put on its answer to an offer.</summary>
    public MessageHeader Reply(MessageHeader offer, string kind) => Stamp(offer.AgentId, boots[offer.AgentId]).Like(offer, kind);

    /// <summary>Trains, puts the body where a hand-over would have put it, and makes the report.</summary>
    public ResultReady Result(TaskOffer offer, Func<LoraAdapter, LoraAdapter>? train = null, FrozenFactors? leftOut = null)
    {
        LoraAdapter broadcast = Broadcast(offer);
        LoraAdapter trained = train is null ? FakeTraining.Train(offer, broadcast) : train(broadcast);
        return Report(
            offer,
            Blobs.Put(
                AdapterCodec.Parse(offer.Codec).Encode(trained, new AdapterReference(broadcast), leftOut ?? FakeTraining.LeftOut(offer)),
                offer.Codec));
    }

    public ResultReady Report(TaskOffer offer, BlobClaim? claim) => new()
    {
        Header = Reply(offer.Header, nameof(ResultReady)),
        Claim = claim,
        Rank = offer.Lora.Rank,
        Examples = 10,
        Metrics = new ResultMetrics { GlobalAccuracy = 0.5, HeldOut = 5 },
        BaseRound = offer.Header.Round - 1,
    };

    /// <summary>Hash of the adapter of round 0.</summary>
    public string FirstModel() => assembly.State.Models[0].Claim.Sha256;

    public LoraAdapter Broadcast(TaskOffer offer) =>
        AdapterPayload.Decode(Blobs.ReadAll(offer.Adapter.Sha256), RankReadOuts.ShapeOf(model.Shape, offer.Lora.Rank));

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Outcome.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        store.Dispose();
        stopping.Dispose();
    }

    public static Guid BootOf(string name, int boot) => NameBasedGuid.Create(Guid.Empty, $"{name}|{boot}");

    /// <summary>The run has the fleet to itself: it gets whom it asks for.</summary>
    private void Share(LiveRun state, long now)
    {
        foreach (AgentGrant grant in sharing.Update(RunId, priority: 0, state.GrantsSeen, Demand(state, now, state.End is not null)))
        {
            Post(new GrantedAgents(grant.Agents));
        }
    }

    private AgentDemand Demand(LiveRun state, long now, bool paused) => AgentDemand.Of(state.Round, now, Facts.Rules, paused, new HashSet<string>());

    private static MessageStamp Stamp(string name, int boot) => new(BootOf(name, boot), TimeProvider.System);
}
