using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Transport.Stamps;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Fleet;

/// <summary>What the service says to agents in its own name. Answers to strangers are bounded. Thread-safe.</summary>
/// <param name="send">Takes an answer on its way out; does not wait.</param>
/// <param name="service">The service, as agents know it.</param>
/// <param name="term">Its term on its store.</param>
internal sealed class FleetReplies(
    Action<Outgoing> send, Guid service, long term, TimeSpan heartbeat, MessageStamp stamp, TimeProvider time, ILogger log)
{
    private readonly ReplyLimit strangers = new(heartbeat, time);

    private int HeartbeatMs => (int)heartbeat.TotalMilliseconds;

    public void Welcome(FleetAgent agent)
    {
        MessageHeader header = stamp.About(nameof(AgentWelcome), agent.Name, service, term: term, content: $"{agent.Boot}");
        var welcome = new AgentWelcome
        {
            Header = header,
            Boot = agent.Boot,
            Presence = Queues.Presence,
            HeartbeatMs = HeartbeatMs,
            GraceMs = 9 * HeartbeatMs,
            ServerContract = Math.Min(ContractVersion.Current, agent.Hello.ContractMax),
        };
        send(Outgoing.To(agent.Hello.ReplyQueue, welcome, header));
    }

    /// <summary>Tells a process that another of the same installation has taken its place.</summary>
    public void Supersede(FleetAgent old)
    {
        MessageHeader header = stamp.About(nameof(AgentSuperseded), old.Name, service, term: term, content: old.Boot.ToString());
        send(Outgoing.To(old.Hello.ReplyQueue, new AgentSuperseded { Header = header, Boot = old.Boot }, header));
    }

    /// <summary>Tells an agent to stop work that nobody wants.</summary>
    public void Cancel(AgentHello hello, OpenTask open)
    {
        // In the service's name: where its state is a new one, its terms lie below those that the agent has seen in the run.
        MessageHeader header = stamp.About(
            nameof(TaskCancelled), hello.Header.AgentId, service, taskId: open.TaskId, leaseEpoch: open.LeaseEpoch, term: term);
        send(Outgoing.To(hello.ReplyQueue, new TaskCancelled { Header = header, Reason = CancelReason.RunStopped }, header));
    }

    /// <summary>Asks an agent to say who it is.</summary>
    public void Ping(string agent, string queue)
    {
        MessageHeader header = stamp.About(nameof(Contracts.Presence.Ping), agent, service, term: term);
        send(Outgoing.To(queue, new Ping { Header = header }, header));
    }

    /// <summary>Asks a process that is not known to say who it is.</summary>
    public void PingStranger(MessageHeader from, string queue)
    {
        if (MayAnswer(from, queue))
        {
            Ping(from.AgentId, queue);
        }
    }

    /// <returns>Completes once it was sent, or could not be.</returns>
    public Task Refuse(AgentHello hello, AdmissionVerdict verdict)
    {
        log.AgentRefused(Text.Cut(hello.Header.AgentId, 64), verdict.Code.ToString(), verdict.Human);
        if (!MayAnswer(hello.Header, hello.ReplyQueue))
        {
            return Task.CompletedTask;
        }

        MessageHeader header = stamp.About(
            nameof(AgentRefused), hello.Header.AgentId, service, term: term, content: $"{verdict.Code}|{hello.Header.BootId}");
        var refused = new AgentRefused
        {
            Header = header,
            Code = verdict.Code,
            Human = verdict.Human,
            Fix = verdict.Fix,
            RefusedBoot = hello.Header.BootId,
        };
        var tried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        send(Outgoing.To(hello.ReplyQueue, refused, header, tried));
        return tried.Task;
    }

    private bool MayAnswer(MessageHeader from, string queue) =>
        Admission.IsAddressable(from.AgentId, queue) && strangers.Admits(from.AgentId, from.BootId);
}
