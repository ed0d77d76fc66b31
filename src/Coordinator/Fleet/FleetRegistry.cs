using System.Collections.Immutable;
using System.Text.Json;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Messages;
using EdgeFlora.Transport.Stamps;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Fleet;

/// <summary>The fleet: who belongs to it, who is there. Admits agents at once, whichever runs there are. Thread-safe.</summary>
/// <param name="send">Takes an answer on its way out; does not wait.</param>
/// <param name="heartbeat">Interval of agents' heartbeats.</param>
internal sealed class FleetRegistry(ServiceStore store, Action<Outgoing> send, TimeSpan heartbeat, MessageStamp stamp, SenderCheck senders, TimeProvider time, ILogger log)
{
    /// <summary>Strangers that are remembered, so that each gets a bounded number of answers.</summary>
    private const int MaxAnswered = 4096;

    private readonly Lock gate = new();
    private readonly Dictionary<string, FleetAgent> agents = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Agent, Guid Boot), DateTimeOffset> answered = [];

    /// <summary>An agent said hello and was let in: with whether it is another process than before.</summary>
    public Action<FleetAgent> Joined { get; set; } = static _ => { };

    /// <summary>An agent may work no longer, or has gone: its name, a code and a sentence.</summary>
    public Action<string, string, string> Withdrawn { get; set; } = static (_, _, _) => { };

    /// <summary>Labels that an agent's enrolment gives it.</summary>
    public Func<string, IReadOnlyDictionary<string, string>> EnrolmentLabels { get; set; } = static _ => new Dictionary<string, string>();

    /// <summary>An agent was heard.</summary>
    public Action<Heartbeat> Heard { get; set; } = static _ => { };

    /// <summary>Says which of an agent's open tasks nobody wants any more.</summary>
    public Func<OpenTask, bool> IsWanted { get; set; } = static _ => true;

    public int HeartbeatMs => (int)heartbeat.TotalMilliseconds;

    /// <summary>Silence after which nobody waits for an agent.</summary>
    private TimeSpan Silence => heartbeat * 2.2;

    /// <summary>Brings the fleet back; whoever was there has a fresh start.</summary>
    public void Load()
    {
        lock (gate)
        {
            foreach ((string name, string body) in store.Fleet())
            {
                FleetAgent agent = JsonSerializer.Deserialize<FleetAgent>(body)!;
                agents[name] = agent.Left ? agent : agent with { LastHeardAt = time.GetUtcNow() };
                Drained = agent.Standing == AgentStanding.Draining ? Drained.Add(name) : Drained;
            }
        }
    }

    /// <summary>Asks everybody who was there to say hello to this service: what an agent has in its hands is known again then.</summary>
    public void AskAll()
    {
        foreach (FleetAgent agent in All().Where(agent => !agent.Left && agent.Standing is AgentStanding.Active or AgentStanding.Draining))
        {
            Ping(agent.Name, agent.Hello.ReplyQueue);
        }
    }

    public IReadOnlyList<FleetAgent> All()
    {
        lock (gate)
        {
            return [.. agents.Values.OrderBy(agent => agent.Name, StringComparer.Ordinal)];
        }
    }

    public FleetAgent? Find(string name)
    {
        lock (gate)
        {
            return agents.GetValueOrDefault(name);
        }
    }

    public AgentPresence PresenceOf(FleetAgent agent) =>
        agent.Left ? AgentPresence.Left : time.GetUtcNow() - agent.LastHeardAt >= Silence ? AgentPresence.Silent : AgentPresence.Online;

    /// <summary>Whether it may be given work.</summary>
    public bool IsAvailable(FleetAgent agent) => agent.Standing == AgentStanding.Active && PresenceOf(agent) == AgentPresence.Online;

    /// <summary>Takes a message of an agent in. When this returns its effects are stored.</summary>
    /// <param name="user">The broker's user that it is from, if known.</param>
    public void Take(object message, string? user)
    {
        if (!MessageCheck.IsWhole(message))
        {
            log.MessageDropped(message.GetType().Name);
            return;
        }

        MessageHeader header = HeaderOf(message);
        switch (senders.Judge(message.GetType().Name, header.AgentId, user))
        {
            case SenderVerdict.NotEnrolled when message is AgentHello stranger:
                Refuse(stranger, FleetAdmission.NotEnrolled(stranger.Header.AgentId));
                return;
            case not SenderVerdict.Passes:
                return;
        }

        switch (message)
        {
            case AgentHello hello:
                Hello(hello);
                break;
            case AgentBye bye:
                Bye(bye);
                break;
            case Heartbeat beat:
                Beat(beat);
                break;
            case Pong { Header: var about }:
                Touch(about);
                break;
        }
    }

    /// <summary>Changes an agent, all of it or nothing.</summary>
    /// <returns>The agent as it is now; null: there is none of that name.</returns>
    public FleetAgent? Change(string name, Func<FleetAgent, FleetAgent> change, string what, string by, StoredCommand? command)
    {
        FleetAgent? after;
        lock (gate)
        {
            if (!agents.TryGetValue(name, out FleetAgent? before))
            {
                return null;
            }

            after = change(before);
            Save(after, new StoredHistory(Now, what, Run: null, by), command);
        }

        if (after.Standing is AgentStanding.Active)
        {
            Joined(after);
        }
        else
        {
            Withdrawn(name, after.Standing.ToString(), after.Reason ?? after.Standing.ToString());
            if (after.Standing == AgentStanding.Quarantined)
            {
                Refuse(after.Hello, FleetAdmission.Judge(after.Hello, Known(after), present: true));
            }
            else if (after.Standing == AgentStanding.Revoked)
            {
                Refuse(after.Hello, FleetAdmission.Revoked(name));
            }
        }

        return after;
    }

    /// <summary>An agent has sent too many invalid results.</summary>
    public void Quarantine(string name, string reason) =>
        Change(name, agent => agent with { Standing = AgentStanding.Quarantined, Reason = reason }, $"quarantined: {reason}", "the service", command: null);

    public IReadOnlyList<StoredHistory> History(string name) => store.History(name, 100);

    /// <summary>Idempotent on (agent, boot): the same hello again is answered again.</summary>
    private void Hello(AgentHello hello)
    {
        FleetAgent? superseded = null;
        FleetAgent agent;
        lock (gate)
        {
            FleetAgent? known = agents.GetValueOrDefault(hello.Header.AgentId);
            AdmissionVerdict verdict = FleetAdmission.Judge(hello, known is null ? null : Known(known), known is not null && PresenceOf(known) == AgentPresence.Online);
            if (verdict.Kind == AdmissionKind.Refuse)
            {
                Refuse(hello, verdict);
                return;
            }

            bool sameInstallation = known is not null && known.Hello.Installation == hello.Installation;
            agent = (sameInstallation ? known! : new FleetAgent { Hello = hello, EnrolledAt = time.GetUtcNow(), OperatorLabels = known?.OperatorLabels ?? Given(hello.Header.AgentId) }) with
            {
                Hello = hello,
                LastHeardAt = time.GetUtcNow(),
                Left = false,
                Standing = known is { Standing: AgentStanding.Draining } ? AgentStanding.Draining : AgentStanding.Active,
            };
            bool isNewProcess = known?.Boot != hello.Header.BootId;
            superseded = isNewProcess && known is { Left: false } && sameInstallation ? known : null;
            string? what = known is null ? "joined the fleet" : !sameInstallation ? "another installation took the name" : isNewProcess ? "a new process said hello" : known.Left ? "came back" : null;
            Save(agent, what is null ? null : new StoredHistory(Now, what, Run: null, By: null), command: null);
        }

        if (superseded is not null)
        {
            MessageHeader old = stamp.About(nameof(AgentSuperseded), agent.Name, store.Id, term: store.Term, content: superseded.Boot.ToString());
            send(Outgoing.To(superseded.Hello.ReplyQueue, new AgentSuperseded { Header = old, Boot = superseded.Boot }, old));
        }

        MessageHeader header = stamp.About(nameof(AgentWelcome), agent.Name, store.Id, term: store.Term, content: $"{agent.Boot}");
        send(Outgoing.To(
            hello.ReplyQueue,
            new AgentWelcome
            {
                Header = header,
                Boot = agent.Boot,
                Presence = Queues.Presence,
                HeartbeatMs = HeartbeatMs,
                GraceMs = 9 * HeartbeatMs,
                ServerContract = Math.Min(ContractVersion.Current, hello.ContractMax),
            },
            header));
        CancelUnwanted(hello);
        if (agent.Standing == AgentStanding.Active)
        {
            Joined(agent);
        }
    }

    /// <summary>Tasks of runs that are over, or that nobody here knows.</summary>
    private void CancelUnwanted(AgentHello hello)
    {
        foreach (OpenTask open in hello.Tasks.Where(open => !IsWanted(open)))
        {
            // In the service's name: where its state is a new one, its terms lie below those that the agent has seen in the run.
            MessageHeader header = stamp.About(nameof(TaskCancelled), hello.Header.AgentId, store.Id, taskId: open.TaskId, leaseEpoch: open.LeaseEpoch, term: store.Term);
            send(Outgoing.To(hello.ReplyQueue, new TaskCancelled { Header = header, Reason = CancelReason.RunStopped }, header));
        }
    }

    private void Bye(AgentBye bye)
    {
        lock (gate)
        {
            if (!agents.TryGetValue(bye.Header.AgentId, out FleetAgent? agent) || agent.Boot != bye.Header.BootId || agent.Left)
            {
                return;
            }

            Save(agent with { Left = true, LastHeardAt = time.GetUtcNow() }, new StoredHistory(Now, $"left: {Text.Cut(bye.Reason, 200)}", Run: null, By: null), command: null);
        }

        Withdrawn(bye.Header.AgentId, "Bye", Text.Cut(bye.Reason));
    }

    private void Beat(Heartbeat beat)
    {
        FleetAgent? known;
        lock (gate)
        {
            known = agents.GetValueOrDefault(beat.Header.AgentId);
            if (known is not null && known.Boot == beat.Header.BootId && !known.Left)
            {
                agents[known.Name] = known with { LastHeardAt = time.GetUtcNow(), Activity = Text.Cut(beat.State, 40) };
            }
        }

        if (known?.Boot == beat.Header.BootId && !known.Left)
        {
            Heard(beat);
            return;
        }

        // A process that this service has never heard a hello of, or an older one. A stranger was welcomed by a service before this one, whose state this one has not.
        string queue = known?.Hello.ReplyQueue ?? Queues.Agent(beat.Header.AgentId);
        if (Admission.IsAddressable(beat.Header.AgentId, queue) && MayAnswer(beat.Header))
        {
            Ping(beat.Header.AgentId, queue);
        }
    }

    private void Touch(MessageHeader header)
    {
        lock (gate)
        {
            if (agents.TryGetValue(header.AgentId, out FleetAgent? agent) && agent.Boot == header.BootId)
            {
                agents[agent.Name] = agent with { LastHeardAt = time.GetUtcNow() };
            }
        }
    }

    private void Ping(string agent, string queue)
    {
        MessageHeader header = stamp.About(nameof(Contracts.Presence.Ping), agent, store.Id, term: store.Term);
        send(Outgoing.To(queue, new Ping { Header = header }, header));
    }

    private void Refuse(AgentHello hello, AdmissionVerdict verdict)
    {
        log.AgentRefused(Text.Cut(hello.Header.AgentId, 64), verdict.Code.ToString(), verdict.Human);
        if (!Admission.IsAddressable(hello.Header.AgentId, hello.ReplyQueue) || !MayAnswer(hello.Header))
        {
            return;
        }

        MessageHeader header = stamp.About(nameof(AgentRefused), hello.Header.AgentId, store.Id, term: store.Term, content: $"{verdict.Code}|{hello.Header.BootId}");
        send(Outgoing.To(hello.ReplyQueue, new AgentRefused { Header = header, Code = verdict.Code, Human = verdict.Human, Fix = verdict.Fix, RefusedBoot = hello.Header.BootId }, header));
    }

    /// <summary>A process that is not let in gets one answer a heartbeat, and of all of them together a bounded number is remembered.</summary>
    private bool MayAnswer(MessageHeader header)
    {
        lock (gate)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (answered.TryGetValue((header.AgentId, header.BootId), out DateTimeOffset last) && now - last < heartbeat)
            {
                return false;
            }

            if (answered.Count >= MaxAnswered)
            {
                foreach ((string, Guid) old in answered.Where(entry => now - entry.Value >= heartbeat).Select(entry => entry.Key).ToArray())
                {
                    answered.Remove(old);
                }
            }

            return answered.Count < MaxAnswered && (answered[(header.AgentId, header.BootId)] = now) == now;
        }
    }

    /// <summary>Agents that finish what they have and get nothing new.</summary>
    public ImmutableHashSet<string> Drained { get; private set; } = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private void Save(FleetAgent agent, StoredHistory? history, StoredCommand? command)
    {
        store.SaveAgent(agent.Name, JsonSerializer.Serialize(agent), history, command);
        agents[agent.Name] = agent;
        Drained = agent.Standing == AgentStanding.Draining ? Drained.Add(agent.Name) : Drained.Remove(agent.Name);
    }

    private Dictionary<string, string?> Given(string agent) => EnrolmentLabels(agent).ToDictionary(label => label.Key, string? (label) => label.Value, StringComparer.Ordinal);

    private static (Guid Installation, Guid Boot, AgentStanding Standing, string? Reason) Known(FleetAgent agent) => (agent.Hello.Installation, agent.Boot, agent.Standing, agent.Reason);

    private static MessageHeader HeaderOf(object message) => message switch
    {
        AgentHello m => m.Header,
        AgentBye m => m.Header,
        Heartbeat m => m.Header,
        Pong m => m.Header,
        _ => throw new ArgumentException($"{message.GetType()} is no message to the fleet.", nameof(message)),
    };
}
