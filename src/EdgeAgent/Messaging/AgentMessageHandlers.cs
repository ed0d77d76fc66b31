using System.Threading.Channels;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Connection;
using EdgeFlora.EdgeAgent.Models;
using EdgeFlora.EdgeAgent.Presence;
using EdgeFlora.EdgeAgent.Resilience;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Messaging;

/// <summary>
/// Takes messages off the agent's queues and hands each to whom it concerns. Decides nothing but whether a message is for this agent and of a term
/// that counts.
/// </summary>
internal sealed class AgentMessageHandlers(
    string agentId, TermGate terms, Enrolment enrolment, TaskRegistry registry, BlobExchange exchange, ModelTransfer models,
    AgentConnection connection, ILogger log)
{
    private readonly Channel<BlobWanted> wanted = Channel.CreateUnbounded<BlobWanted>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Gets what the service says about a wish for another password.</summary>
    public Action<CredentialAnswer> PasswordAnswered { get; init; } = static _ => { };

    /// <summary>Called when the service wishes that the password be changed.</summary>
    public Action PasswordWanted { get; init; } = static () => { };

    /// <summary>Handlers of the control queue: one message at a time, so that a cancel is never overtaken by what follows it.</summary>
    public void Control(QueueHandlers endpoint)
    {
        endpoint.OneAtATime();
        endpoint.RetryDiskFaults(3, TimeSpan.FromMilliseconds(200));
        Handle<AgentWelcome>(endpoint, m => m.Header, Welcomed);
        Handle<AgentRefused>(endpoint, m => m.Header, Refused);
        Handle<AgentSuperseded>(endpoint, m => m.Header, Superseded);
        Handle<TaskOffer>(endpoint, m => m.Header, m =>
        {
            enrolment.Readmitted();
            registry.Offered(m);
        });
        Handle<TaskCancelled>(endpoint, m => m.Header, m => registry.Cancelled(m));
        Handle<LeaseGranted>(endpoint, m => m.Header, m => registry.LeaseGranted(m));
        Handle<ResultAck>(endpoint, m => m.Header, m => registry.Answered(m.Header, null));
        Handle<ResultRejected>(endpoint, m => m.Header, m => registry.Answered(m.Header, m.Code == RejectionCode.Duplicate ? null : m));
        Handle<CredentialAnswer>(endpoint, m => m.Header, m => PasswordAnswered(m));
        Handle<CredentialWanted>(endpoint, m => m.Header, _ => PasswordWanted());
        Handle<Ping>(endpoint, m => m.Header, PongAsync);
        Handle<BlobWanted>(endpoint, m => m.Header, m => wanted.Writer.TryWrite(m));
        Handle<BlobRefused>(endpoint, m => m.Header, m => Refused(m));
        Handle<Contracts.Rounds.RoundCommitted>(endpoint, m => m.Header, _ => { });
    }

    /// <summary>Handlers of the chunk queue.</summary>
    public void Chunks(QueueHandlers endpoint) => endpoint.Handler<BlobChunk>(context =>
        connection.IsCut || context.Message.AgentId != agentId || registry.OfferOf(context.Message) is not { } offer
            ? Task.CompletedTask
            : models.Carries(context.Message.Sha256)
                ? models.OnChunkAsync(context.Message, connection.Coordinator(offer), context.CancellationToken)
                : exchange.OnChunkAsync(context.Message, connection.Coordinator(offer), context.CancellationToken));

    /// <summary>
    /// Sends the chunks the coordinator asks for, apart from the control queue: over a slow line they take minutes. A question that is lost is
    /// asked again.
    /// </summary>
    public async Task SendChunksAsync(CancellationToken stop)
    {
        await foreach (BlobWanted message in wanted.Reader.ReadAllAsync(stop))
        {
            // Not one after another: a newer question about a body takes the place of the one that is being answered.
            _ = SendChunksAsync(message, stop);
        }
    }

    private async Task SendChunksAsync(BlobWanted message, CancellationToken stop)
    {
        if (registry.OfferOf(message.Header) is not { } offer)
        {
            return;
        }

        try
        {
            await exchange.OnWantedAsync(message, connection.Coordinator(offer), stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (Exception failure) when (AgentPipelines.IsTransient(failure, stop))
        {
            log.TransientLost(offer.Chunks, failure.Message);
        }
#pragma warning disable CA1031 // The outermost frame of a transfer, which must never end the agent: the coordinator asks again.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            log.SendingFailed(message.Sha256, failure);
        }
    }

    /// <summary>A coordinator that welcomes this agent for the first time has not heard what its predecessor was told of a body on its way.</summary>
    private void Welcomed(AgentWelcome message)
    {
        if (message.Boot != connection.BootId)
        {
            // For a process of this name that was here before: it may have said hello just before it ended.
            return;
        }

        bool isNew = !enrolment.IsWelcomedIn(message.Header.RunId, message.Header.Term);
        enrolment.Welcomed(message);
        if (isNew)
        {
            exchange.StartAgain();
            models.StartAgain();
        }
    }

    /// <summary>
    /// Two processes of one name share a queue, and each may find the other's refusal in it. One that names no process is nobody's: who has not
    /// seen a hello can't end the agent that sent it.
    /// </summary>
    private void Refused(AgentRefused message)
    {
        if (message.RefusedBoot == connection.BootId)
        {
            enrolment.Refused(message);
        }
    }

    /// <summary>A later process of the same state folder speaks for this agent now.</summary>
    private void Superseded(AgentSuperseded message)
    {
        if (message.Boot == connection.BootId)
        {
            enrolment.Refused(new AgentRefused
            {
                Header = message.Header,
                Code = RefusalCode.NameInUse,
                Human = "A later process of the same installation has taken this one's place.",
                Fix = "This one ends; nothing is lost.",
            });
        }
    }

    private void Refused(BlobRefused message)
    {
        if (registry.OfferOf(message.Header) is not { } offer)
        {
            return;
        }

        if (models.Carries(message.Sha256))
        {
            models.OnRefused(message, connection.Coordinator(offer));
        }
        else
        {
            exchange.OnRefused(message, connection.Coordinator(offer));
        }
    }

    private async Task PongAsync(Ping ping, CancellationToken stop)
    {
        // A coordinator that never welcomed this agent does not know it: say who is here.
        if (!enrolment.IsWelcomedIn(ping.Header.RunId, ping.Header.Term))
        {
            enrolment.SayHello();
            return;
        }

        MessageHeader header = connection.Header(ping.Header, nameof(Pong), $"{ping.Header.Seq}");
        await connection.SendOnceAsync(Queues.Fleet, new Pong { Header = header }, header, stop);
    }

    private void Handle<T>(QueueHandlers endpoint, Func<T, MessageHeader> headerOf, Action<T> act)
        where T : class => Handle(endpoint, headerOf, (message, _) =>
        {
            act(message);
            return Task.CompletedTask;
        });

    private void Handle<T>(QueueHandlers endpoint, Func<T, MessageHeader> headerOf, Func<T, CancellationToken, Task> act)
        where T : class => endpoint.Handler<T>(context =>
        {
            MessageHeader header = headerOf(context.Message);
            if (connection.IsCut || header.AgentId != agentId)
            {
                return Task.CompletedTask;
            }

            long seen = terms.HighestOf(header.RunId);
            switch (terms.Judge(header.RunId, header.Term))
            {
                case TermVerdict.Stale:
                    log.StaleTerm(typeof(T).Name, header.Term, seen);
                    if (terms.MayAsk())
                    {
                        // The coordinator of the higher term answers; or nobody does, and that term lapses.
                        enrolment.SayHello();
                    }

                    return Task.CompletedTask;
                case TermVerdict.Lapsed:
                    log.TermLapsed(header.Term, seen, (int)TermGate.Lapse.TotalSeconds);
                    break;
            }

            return act(context.Message, context.CancellationToken);
        });
}
