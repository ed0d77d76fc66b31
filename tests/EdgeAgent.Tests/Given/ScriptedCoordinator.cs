using System.Threading.Channels;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.EdgeAgent.Tests.Given;

/// <summary>
/// The other side of the wire, as far as one agent's test needs it: welcomes, carries bodies, and leaves every decision to the test.
/// </summary>
internal sealed class ScriptedCoordinator(MessageBus bus, string folder)
{
    private readonly MessageStamp stamp = new(Guid.NewGuid(), TimeProvider.System);
    private readonly Courier courier = new(bus, TimeProvider.System, TimeSpan.FromSeconds(30));

    /// <summary>What came, by queue: a broker keeps the order within a queue and none between two.</summary>
    private readonly Channel<object> fleetMessages = Channel.CreateUnbounded<object>();
    private readonly Channel<object> intakeMessages = Channel.CreateUnbounded<object>();

    public BlobStore Blobs { get; } = new(folder);

    /// <summary>Answers hellos; a test that refuses turns it off.</summary>
    public bool Welcomes { get; set; } = true;

    /// <summary>Raised by a test when its coordinator is the next one.</summary>
    public long Term { get; set; } = 1;

    /// <summary>Whether announced bodies are forgotten, as by a process that dies.</summary>
    public bool ForgetsBodies { get; set; }

    /// <summary>How many announced bodies are still to be refused.</summary>
    public int RefusesBodies { get; set; }

    private BlobExchange Exchange => field ??= new BlobExchange(Blobs, courier, TimeProvider.System, TimeSpan.FromSeconds(30));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async Task ListenAsync()
    {
        QueueConsumer fleet = bus.ConnectQueue(Queues.Fleet, QueueKind.Fleet, e =>
        {
            e.Handler<AgentBye>(c => ReceiveAsync(fleetMessages, c.Message));
            e.Handler<Pong>(c => ReceiveAsync(fleetMessages, c.Message));
            e.Handler<AgentHello>(async c =>
            {
                if (Welcomes)
                {
                    MessageHeader header = stamp.Like(c.Message.Header, nameof(AgentWelcome), Term);
                    await SendAsync(
                        new AgentWelcome { Header = header, Boot = c.Message.Header.BootId, HeartbeatMs = 100, GraceMs = 1000, ServerContract = 1 },
                        header);
                }

                await ReceiveAsync(fleetMessages, c.Message);
            });
        });
        QueueConsumer intake = bus.ConnectQueue(Queues.RunIntake(Offers.Run), QueueKind.Intake, e =>
        {
            e.Handler<BlobAnnounced>(
                c => ForgetsBodies
                    ? ReceiveAsync(intakeMessages, c.Message) : RefusesBodies-- > 0 ? RefuseBodyAsync(c.Message)
                    : Exchange.OnAnnouncedAsync(c.Message, Peer(c.Message.Header), Stop));
            e.Handler<BlobWanted>(c => Exchange.OnWantedAsync(c.Message, Peer(c.Message.Header), Stop));
            e.Handler<TaskAccepted>(c => ReceiveAsync(intakeMessages, c.Message));
            e.Handler<TaskDeclined>(c => ReceiveAsync(intakeMessages, c.Message));
            e.Handler<TaskFailed>(c => ReceiveAsync(intakeMessages, c.Message));
            e.Handler<ResultReady>(c => ReceiveAsync(intakeMessages, c.Message));
            e.Handler<TaskProgress>(_ => Task.CompletedTask);
        });
        QueueConsumer chunks = bus.ConnectQueue(
            Queues.RunChunks(Offers.Run), QueueKind.IntakeChunks, e => e.Handler<BlobChunk>(
                c => Exchange.OnChunkAsync(c.Message, Peer(stamp.About("", c.Message.AgentId, Offers.Run)), Stop)));
        QueueConsumer presence = bus.ConnectQueue(Queues.Presence, QueueKind.Presence, e =>
        {
            e.Handler<Heartbeat>(_ => Task.CompletedTask);
            e.Handler<TaskProgress>(_ => Task.CompletedTask);
        });
        await Task.WhenAll(fleet.Ready, intake.Ready, chunks.Ready, presence.Ready).WaitAsync(Stop);
    }

    /// <summary>
    /// The next message of this kind; others that came before it on the same queue are dropped. A message that never comes fails the test, not the
    /// whole run.
    /// </summary>
    public Task<T> NextAsync<T>() => NextAsync<T>(IsOfFleet(typeof(T)) ? fleetMessages : intakeMessages);

    /// <summary>The next message of the fleet's queue, whatever its kind.</summary>
    public Task<object> NextOfFleetAsync() => NextAsync<object>(fleetMessages);

    /// <summary>The next hello of another process than this one, whose hello may still be there, and more than once.</summary>
    public async Task<AgentHello> HelloOfNextProcessAsync(Guid boot)
    {
        while (true)
        {
            var hello = await NextAsync<AgentHello>();
            if (hello.Header.BootId != boot)
            {
                return hello;
            }
        }
    }

    /// <summary>The next result of this round.</summary>
    public async Task<ResultReady> ResultOfRoundAsync(int round)
    {
        while (true)
        {
            var result = await NextAsync<ResultReady>();
            if (result.Header.Round == round)
            {
                return result;
            }
        }
    }

    public Task OfferAsync(TaskOffer offer) => SendAsync(offer, offer.Header);

    public Task AcceptAsync(ResultReady result)
    {
        MessageHeader header = stamp.Like(result.Header, nameof(ResultAck), Term);
        return SendAsync(new ResultAck { Header = header }, header);
    }

    public Task RejectAsync(ResultReady result, RejectionCode code)
    {
        MessageHeader header = stamp.Like(result.Header, nameof(ResultRejected), Term);
        return SendAsync(new ResultRejected { Header = header, Code = code, Detail = "as the test wishes" }, header);
    }

    public Task CancelAsync(TaskOffer offer, CancelReason reason = CancelReason.RoundClosed)
    {
        MessageHeader header = stamp.Like(offer.Header, nameof(TaskCancelled), Term);
        return SendAsync(new TaskCancelled { Header = header, Reason = reason }, header);
    }

    public Task RefuseAsync(AgentHello hello, RefusalCode code) => RefuseAsync(hello, code, hello.Header.BootId);

    /// <param name="boot">The process that is refused.</param>
    public Task RefuseAsync(AgentHello hello, RefusalCode code, Guid? boot)
    {
        MessageHeader header = stamp.Like(hello.Header, nameof(AgentRefused), Term, $"{boot}");
        const string Human = "Another live process uses the name.";
        return SendAsync(new AgentRefused { Header = header, Code = code, Human = Human, Fix = "Choose another.", RefusedBoot = boot }, header);
    }

    private Task RefuseBodyAsync(BlobAnnounced announced)
    {
        MessageHeader header = stamp.Like(announced.Header, nameof(BlobRefused), Term);
        return SendAsync(
            new BlobRefused { Header = header, Sha256 = announced.Claim.Sha256, Reason = "4096 transfers are under way already; try again later." },
            header);
    }

    public Task PingAsync()
    {
        MessageHeader header = stamp.About(nameof(Ping), Offers.Agent, term: Term);
        return SendAsync(new Ping { Header = header }, header);
    }

    public Task SendAsync<T>(T message, MessageHeader header)
        where T : class => courier.SendAsync(Queues.Agent(Offers.Agent), message, header, timeToLive: null, Stop);

    private BlobPeer Peer(MessageHeader about) => new(
        about.AgentId,
        Queues.Agent(about.AgentId),
        BusQueues.ChunksOf(Queues.Agent(about.AgentId)),
        (kind, content) => stamp.Like(about, kind, Term, content));

    private static bool IsOfFleet(Type kind) => kind == typeof(AgentHello) || kind == typeof(AgentBye) || kind == typeof(Pong);

    private static async Task<T> NextAsync<T>(Channel<object> queue)
    {
        // One limit for the whole wait: a message of another kind that is repeated must not keep it going for ever.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(LimitedWait.Limit);
        try
        {
            while (true)
            {
                if (await queue.Reader.ReadAsync(limit.Token) is T wanted)
                {
                    return wanted;
                }
            }
        }
        catch (OperationCanceledException) when (!Stop.IsCancellationRequested)
        {
            throw new TimeoutException($"No {typeof(T).Name} came within {LimitedWait.Limit.TotalMinutes:0} min.");
        }
    }

    private static Task ReceiveAsync(Channel<object> queue, object message)
    {
        queue.Writer.TryWrite(message);
        return Task.CompletedTask;
    }
}
