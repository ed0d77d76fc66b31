using System.Collections.Concurrent;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>
/// An agent reduced to the contracts: says hello, takes every offer, sends a result that follows from the offer's seed, repeats what is not
/// answered.
/// </summary>
internal sealed class ScriptedAgent : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);

    private readonly string name;
    private readonly AgentRole role;
    private readonly string baseSha256;
    private readonly MessageStamp stamp;
    private readonly PersistentCourier courier;
    private readonly BlobStore blobs;
    private readonly BlobExchange exchange;
    private readonly CancellationTokenSource stopping = new();
    private readonly List<QueueConsumer> handles = [];
    private readonly ITestOutputHelper? output = TestContext.Current.TestOutputHelper;
    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource> committed = [];
    private readonly TaskCompletionSource welcomed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AgentWelcome? welcome;
    private (Guid Task, TaskCompletionSource Answered)? open;
    private volatile TaskOffer? offered;

    private ScriptedAgent(MessageBus bus, string name, AgentRole role, string baseSha256, string folder, Guid boot)
    {
        this.name = name;
        this.role = role;
        this.baseSha256 = baseSha256;
        stamp = new MessageStamp(boot, TimeProvider.System);
        var once = new Courier(bus, TimeProvider.System, Patience);
        courier = new PersistentCourier(once, Again, stopping.Token);
        blobs = new BlobStore(folder);
        exchange = new BlobExchange(blobs, once, TimeProvider.System, Silence);
    }

    /// <summary>
    /// Called with every offer before it is worked on; may wait, or throw <see cref="OperationCanceledException"/> to say nothing about it at all.
    /// </summary>
    public Func<TaskOffer, CancellationToken, Task> OnOffer { get; init; } = static (_, _) => Task.CompletedTask;

    /// <summary>Makes the trained adapter of an offer.</summary>
    public Func<TaskOffer, LoraAdapter, LoraAdapter> Train { get; init; } = static (offer, broadcast) => FakeTraining.Train(offer, broadcast);

    /// <summary>Loss on its held-out data after training, as a multiple of that before; null: it does not tell.</summary>
    public Func<TaskOffer, double?> LossRatio { get; init; } = static _ => null;

    /// <summary>What it lets be learnt.</summary>
    public LearningTask Learning { get; init; }

    /// <summary>Whether it sends heartbeats, as agents do; one that sends none counts as silent after the time of two.</summary>
    public bool Beats { get; init; }

    /// <summary>Completes when the service has heard of it, and has welcomed or refused it.</summary>
    public Task AnsweredAsync() => welcomed.Task.InTimeAsync(what: $"the service answers the hello of agent {name}");

    /// <summary>Completes when it is told that the round is committed.</summary>
    public Task CommittedAsync(int round) =>
        committed.GetOrAdd(round, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task.InTimeAsync(
            what: $"agent {name} is told that round {round} is committed");

    public AgentRefused? Refused { get; private set; }

    public static async Task<ScriptedAgent> StartAsync(
        MessageBus bus, string name, string baseSha256, TemporaryFolder folder, AgentRole role = AgentRole.Trainer, int boot = 1,
        Func<TaskOffer, CancellationToken, Task>? onOffer = null,
        Func<TaskOffer, LoraAdapter, LoraAdapter>? train = null,
        LearningTask learning = LearningTask.Classification,
        Func<TaskOffer, double?>? lossRatio = null,
        bool beats = false)
    {
        var agent = new ScriptedAgent(bus, name, role, baseSha256, folder[$"{name}-{boot}"], NameBasedGuid.Create(Guid.Empty, $"{name}|{boot}"))
        {
            OnOffer = onOffer ?? (static (_, _) => Task.CompletedTask),
            Train = train ?? (static (offer, broadcast) => FakeTraining.Train(offer, broadcast)),
            Learning = learning,
            LossRatio = lossRatio ?? (static _ => null),
            Beats = beats,
        };
        await agent.ConnectAsync(bus);
        _ = agent.LiveAsync();
        return agent;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        foreach (QueueConsumer handle in handles)
        {
            await handle.StopAsync(CancellationToken.None);
        }
    }

    private async Task ConnectAsync(MessageBus bus)
    {
        string queue = Queues.Agent(name);
        handles.Add(bus.ConnectQueue(queue, QueueKind.AgentControl, endpoint =>
        {
            endpoint.Handler<AgentWelcome>(context =>
            {
                Volatile.Write(ref welcome, context.Message);
                welcomed.TrySetResult();
                return Task.CompletedTask;
            });
            endpoint.Handler<AgentRefused>(context =>
            {
                Refused = context.Message;
                welcomed.TrySetResult();
                return Task.CompletedTask;
            });
            endpoint.Handler<TaskOffer>(context =>
            {
                offered = context.Message;
                _ = WorkAsync(context.Message, stopping.Token);
                return Task.CompletedTask;
            });
            endpoint.Handler<ResultAck>(context => Answered(context.Message.Header));
            endpoint.Handler<ResultRejected>(context => Answered(context.Message.Header));
            endpoint.Handler<TaskCancelled>(context => Answered(context.Message.Header));
            endpoint.Handler<BlobWanted>(context => exchange.OnWantedAsync(context.Message, Peer(context.Message.Header), stopping.Token));
            endpoint.Handler<BlobRefused>(context =>
            {
                exchange.OnRefused(context.Message, Peer(context.Message.Header));
                return Task.CompletedTask;
            });
            endpoint.Handler<LeaseGranted>(_ => Task.CompletedTask);
            endpoint.Handler<Contracts.Rounds.RoundCommitted>(context =>
            {
                committed.GetOrAdd(context.Message.Header.Round, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
                return Task.CompletedTask;
            });
            endpoint.Handler<Ping>(_ => Task.CompletedTask);
        }));
        handles.Add(bus.ConnectQueue(BusQueues.ChunksOf(queue), QueueKind.AgentChunks, endpoint => endpoint.Handler<BlobChunk>(
            context => offered is { } offer ? exchange.OnChunkAsync(context.Message, Peer(offer.Header), stopping.Token) : Task.CompletedTask)));
        foreach (QueueConsumer handle in handles)
        {
            await handle.Ready;
        }
    }

    private async Task LiveAsync()
    {
        await GreetAsync();
        while (Beats && Volatile.Read(ref welcome) is { } latest)
        {
            // Three in the time of one: the machine that runs these tests is busy with them.
            await Task.Delay(TimeSpan.FromMilliseconds(latest.HeartbeatMs / 3.0), stopping.Token);
            MessageHeader header = stamp.About(nameof(Heartbeat), name, content: $"{Guid.NewGuid()}");
            await courier.SendAsync(latest.Presence, new Heartbeat { Header = header, State = "Idle" }, header);
        }
    }

    private async Task GreetAsync()
    {
        while (!welcomed.Task.IsCompleted)
        {
            MessageHeader header = stamp.About(nameof(AgentHello), name);
            await SendAsync(
                new AgentHello
                {
                    Header = header,
                    Installation = NameBasedGuid.Create(Guid.Empty, name),
                    ReplyQueue = Queues.Agent(name),
                    ContractMin = ContractVersion.Oldest,
                    ContractMax = ContractVersion.Current,
                    Build = "test",
                    Platform = "test",
                    Role = role,
                    Task = Learning,
                    Engines = [],
                    Data = new DataSummary { Examples = 10, HeldOut = 5, Sha256 = new string('0', 64) },
                    Bases = [new BaseModelRef { ModelId = "made", Sha256 = baseSha256 }],
                },
                header);
            await Task.WhenAny(welcomed.Task, Task.Delay(Again, stopping.Token));
            stopping.Token.ThrowIfCancellationRequested();
        }
    }

    private async Task WorkAsync(TaskOffer offer, CancellationToken stop)
    {
        try
        {
            await OnOffer(offer, stop);
            MessageHeader accepted = stamp.Like(offer.Header, nameof(TaskAccepted));
            await SendAsync(new TaskAccepted { Header = accepted }, accepted);
            BlobClaim? claim = null;
            if (offer.Kind == TaskKind.Train)
            {
                await courier.UntilHeardAsync(() => exchange.FetchAsync(offer.Adapter, Peer(offer.Header), stop));
                byte[] body = blobs.ReadAll(offer.Adapter.Sha256);
                LoraAdapter broadcast = AdapterPayload.Decode(body, Shape(body));
                LoraAdapter trained = Train(offer, broadcast);
                claim = blobs.Put(
                    AdapterCodec.Parse(offer.Codec).Encode(trained, new AdapterReference(broadcast), FakeTraining.LeftOut(offer)), offer.Codec);
                await courier.UntilHeardAsync(() => exchange.HandOverAsync(claim, Peer(offer.Header), stop));
            }

            await ReportAsync(offer, claim, stop);
        }
        catch (OperationCanceledException)
        {
        }
        catch (Exception failure)
        {
            output?.WriteLine($"scripted agent {name} failed at round {offer.Header.Round}: {failure}");
            throw;
        }
    }

    private async Task ReportAsync(TaskOffer offer, BlobClaim? claim, CancellationToken stop)
    {
        MessageHeader header = stamp.Like(offer.Header, nameof(ResultReady), content: claim?.Sha256 ?? "figures");
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            open = (offer.Header.TaskId, answered);
        }

        while (!answered.Task.IsCompleted)
        {
            await SendAsync(
                new ResultReady
                {
                    Header = header,
                    Claim = claim,
                    Rank = offer.Lora.Rank,
                    Examples = 10,
                    Metrics = new ResultMetrics
                    {
                        GlobalAccuracy = 0.5,
                        GlobalLoss = 0.7,
                        LocalLoss = 0.7 * LossRatio(offer),
                        LossAfter = 0.6,
                        HeldOut = 5,
                    },
                    BaseRound = offer.Header.Round - 1,
                },
                header);
            await Task.WhenAny(answered.Task, Task.Delay(Again, stop));
            stop.ThrowIfCancellationRequested();
        }
    }

    private Task Answered(MessageHeader header)
    {
        lock (gate)
        {
            if (open is { } waiting && waiting.Task == header.TaskId)
            {
                waiting.Answered.TrySetResult();
            }
        }

        return Task.CompletedTask;
    }

    private static AdapterShape Shape(byte[] body) => AdapterPayload.Describe(body, maxParameters: 1_000_000).Shape;

    private Task SendAsync<T>(T message, MessageHeader header)
        where T : class => courier.SendAsync(header.RunId == Guid.Empty ? Queues.Fleet : Queues.RunIntake(header.RunId), message, header);

    private BlobPeer Peer(MessageHeader about) => new(
        name, Queues.RunIntake(about.RunId), Queues.RunChunks(about.RunId), (kind, content) => stamp.Like(about, kind, content: content));
}
