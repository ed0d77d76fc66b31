using System.Threading.Channels;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;
using MassTransit;

namespace EdgeFlora.EdgeAgent.Tests.Given;

/// <summary>The other side of the wire, as far as one agent's test needs it: welcomes, carries bodies, and leaves every decision to the test.</summary>
internal sealed class ScriptedCoordinator(IBusControl bus, string folder)
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    private readonly MessageStamp stamp = new(Guid.NewGuid(), TimeProvider.System);
    private readonly Courier courier = new(bus, TimeProvider.System, TimeSpan.FromSeconds(30));
    private readonly Channel<object> received = Channel.CreateUnbounded<object>();

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
        HostReceiveEndpointHandle fleet = bus.ConnectQueue(Queues.Fleet, QueueKind.Fleet, e =>
        {
            e.Handler<AgentBye>(c => ReceiveAsync(c.Message));
            e.Handler<Pong>(c => ReceiveAsync(c.Message));
            e.Handler<AgentHello>(async c =>
            {
                if (Welcomes)
                {
                    MessageHeader header = stamp.Like(c.Message.Header, nameof(AgentWelcome), Term);
                    await SendAsync(new AgentWelcome { Header = header, Boot = c.Message.Header.BootId, HeartbeatMs = 100, GraceMs = 1000, ServerContract = 1 }, header);
                }

                Receive(c.Message);
            });
        });
        HostReceiveEndpointHandle intake = bus.ConnectQueue(Queues.RunIntake(Offers.Run), QueueKind.Intake, e =>
        {
            e.Handler<BlobAnnounced>(c => ForgetsBodies ? ReceiveAsync(c.Message) : RefusesBodies-- > 0 ? RefuseBodyAsync(c.Message) : Exchange.OnAnnouncedAsync(c.Message, Peer(c.Message.Header), Stop));
            e.Handler<BlobWanted>(c => Exchange.OnWantedAsync(c.Message, Peer(c.Message.Header), Stop));
            e.Handler<TaskAccepted>(c => ReceiveAsync(c.Message));
            e.Handler<TaskDeclined>(c => ReceiveAsync(c.Message));
            e.Handler<TaskFailed>(c => ReceiveAsync(c.Message));
            e.Handler<ResultReady>(c => ReceiveAsync(c.Message));
            e.Handler<TaskProgress>(_ => Task.CompletedTask);
        });
        HostReceiveEndpointHandle chunks = bus.ConnectQueue(
            Queues.RunChunks(Offers.Run), QueueKind.IntakeChunks, e => e.Handler<BlobChunk>(c => Exchange.OnChunkAsync(c.Message, Peer(stamp.About("", c.Message.AgentId, Offers.Run)), Stop)));
        HostReceiveEndpointHandle presence = bus.ConnectQueue(Queues.Presence, QueueKind.Presence, e =>
        {
            e.Handler<Heartbeat>(_ => Task.CompletedTask);
            e.Handler<TaskProgress>(_ => Task.CompletedTask);
        });
        await Task.WhenAll(fleet.Ready, intake.Ready, chunks.Ready, presence.Ready).WaitAsync(Stop);
    }

    /// <summary>The next message of this kind; others that come before it are dropped. A message that never comes fails the test, not the whole run.</summary>
    public async Task<T> NextAsync<T>()
    {
        while (true)
        {
            if (await received.Reader.ReadAsync(Stop).AsTask().WaitAsync(Guard, Stop) is T wanted)
            {
                return wanted;
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

    public Task RefuseAsync(AgentHello hello, RefusalCode code)
    {
        MessageHeader header = stamp.Like(hello.Header, nameof(AgentRefused), Term);
        return SendAsync(new AgentRefused { Header = header, Code = code, Human = "Another live process uses the name.", Fix = "Choose another." }, header);
    }

    private Task RefuseBodyAsync(BlobAnnounced announced)
    {
        MessageHeader header = stamp.Like(announced.Header, nameof(BlobRefused), Term);
        return SendAsync(new BlobRefused { Header = header, Sha256 = announced.Claim.Sha256, Reason = "4096 transfers are under way already; try again later." }, header);
    }

    public Task PingAsync()
    {
        MessageHeader header = stamp.About(nameof(Ping), Offers.Agent, term: Term);
        return SendAsync(new Ping { Header = header }, header);
    }

    public Task SendAsync<T>(T message, MessageHeader header)
        where T : class => courier.SendAsync(Queues.Agent(Offers.Agent), message, header, timeToLive: null, Stop);

    private BlobPeer Peer(MessageHeader about) => new(
        about.AgentId, Queues.Agent(about.AgentId), BusQueues.ChunksOf(Queues.Agent(about.AgentId)), (kind, content) => stamp.Like(about, kind, Term, content));

    private void Receive(object message) => received.Writer.TryWrite(message);

    private Task ReceiveAsync(object message)
    {
        Receive(message);
        return Task.CompletedTask;
    }
}
