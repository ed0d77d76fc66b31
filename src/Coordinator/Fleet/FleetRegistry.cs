using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Presence;
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
internal sealed class FleetRegistry(
    ServiceStore store, Action<Outgoing> send, TimeSpan heartbeat, MessageStamp stamp, SenderCheck senders, TimeProvider time, ILogger log)
{
    private readonly Lock gate = new();
    private readonly FleetRoster roster = new(store, heartbeat * 2.2, time);
    private readonly FleetReplies replies = new(send, store.Id, store.Term, heartbeat, stamp, time, log);

    /// <summary>An agent said hello and was let in: with whether it is another process than before.</summary>
    public Action<FleetAgent> Joined { get; set; } = static _ => { };

    /// <summary>An agent may work no longer, or has gone: its name, a code and a sentence.</summary>
    public Action<string, string, string> Withdrawn { get; set; } = static (_, _, _) => { };

    /// <summary>Labels that an agent's enrolment gives it.</summary>
    public Func<string, IReadOnlyDictionary<string, string>> EnrolmentLabels { get; set; } = static _ => new Dictionary<string, string>();

    /// <summary>The connection of an agent's process is gone: its name, and the process's boot id. Must not wait.</summary>
    public Action<string, Guid> CutOff { get; set; } = static (_, _) => { };

    /// <summary>An agent was heard.</summary>
    public Action<Heartbeat> Heard { get; set; } = static _ => { };

    /// <summary>Says which of an agent's open tasks nobody wants any more.</summary>
    public Func<OpenTask, bool> IsWanted { get; set; } = static _ => true;

    public int HeartbeatMs => (int)heartbeat.TotalMilliseconds;

    /// <summary>Agents that finish what they have and get nothing new.</summary>
    public IReadOnlySet<string> Drained => roster.Drained;

    /// <summary>Brings the fleet back; whoever was there has a fresh start.</summary>
    public void Load()
    {
        lock (gate)
        {
            roster.Load();
        }
    }

    /// <summary>Asks everybody who was there to say hello to this service: what an agent has in its hands is known again then.</summary>
    public void AskAll()
    {
        foreach (FleetAgent agent in All().Where(agent => !agent.Left && agent.Standing is AgentStanding.Active or AgentStanding.Draining))
        {
            replies.Ping(agent.Name, agent.Hello.ReplyQueue);
        }
    }

    /// <summary>All agents, in the order of their names.</summary>
    public IReadOnlyList<FleetAgent> All() => roster.All();

    public FleetAgent? Find(string name) => roster.Find(name);

    public AgentPresence PresenceOf(FleetAgent agent) => roster.PresenceOf(agent);

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
                replies.Refuse(stranger, FleetAdmission.NotEnrolled(stranger.Header.AgentId));
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
            if (roster.Find(name) is not { } before)
            {
                return null;
            }

            after = change(before);
            roster.Save(after, what, by, command);
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
                replies.Refuse(after.Hello, FleetAdmission.Judge(after.Hello, Known(after), present: true));
            }
            else if (after.Standing == AgentStanding.Revoked)
            {
                replies.Refuse(after.Hello, FleetAdmission.Revoked(name));
            }
        }

        return after;
    }

    /// <summary>An agent has sent too many invalid results.</summary>
    public void Quarantine(string name, string reason) => Change(
        name, agent => agent with { Standing = AgentStanding.Quarantined, Reason = reason }, $"quarantined: {reason}", "the service", command: null);

    /// <summary>The connection that a queue goes with is gone. Whoever had it is not there until it is heard again.</summary>
    public void Lose(string name, string connectionQueue)
    {
        lock (gate)
        {
            if (roster.Find(name) is not { Left: false } agent || agent.ConnectionQueue != connectionQueue)
            {
                return;
            }

            roster.Note(agent with { ConnectionQueue = null, IsCutOff = true });

            // Under the lock, so that it is told before the hello of an agent that is back.
            CutOff(name, agent.Boot);
        }

        log.ConnectionGone(name);
    }

    /// <summary>
    /// Forgets which queues go with agents' connections, until they name them again: our own connection was gone, and theirs may have been.
    /// </summary>
    public void ForgetConnections()
    {
        lock (gate)
        {
            foreach (FleetAgent agent in roster.All().Where(agent => agent.ConnectionQueue is not null))
            {
                roster.Note(agent with { ConnectionQueue = null });
            }
        }
    }

    public IReadOnlyList<StoredHistory> History(string name) => store.History(name, 100);

    /// <summary>Idempotent on (agent, boot): the same hello again is answered again.</summary>
    private void Hello(AgentHello hello)
    {
        FleetAgent? superseded;
        FleetAgent agent;
        lock (gate)
        {
            FleetAgent? known = roster.Find(hello.Header.AgentId);
            AdmissionVerdict verdict = FleetAdmission.Judge(
                hello, known is null ? null : Known(known), known is not null && PresenceOf(known) == AgentPresence.Online);
            if (verdict.Kind == AdmissionKind.Refuse)
            {
                replies.Refuse(hello, verdict);
                return;
            }

            bool sameInstallation = known is not null && known.Hello.Installation == hello.Installation;
            bool isNewProcess = known?.Boot != hello.Header.BootId;
            agent = (sameInstallation ? known! : Newcomer(hello, known)) with
            {
                Hello = hello,
                LastHeardAt = time.GetUtcNow(),
                ConnectionQueue = OwnConnection(hello.Header, hello.ConnectionQueue),
                IsCutOff = false,
                Left = false,
                Standing = known is { Standing: AgentStanding.Draining } ? AgentStanding.Draining : AgentStanding.Active,
            };
            superseded = isNewProcess && known is { Left: false } && sameInstallation ? known : null;
            roster.Save(
                agent,
                known is null ? "joined the fleet"
                    : !sameInstallation ? "another installation took the name"
                    : isNewProcess ? "a new process said hello"
                    : known.Left ? "came back" : null);
        }

        if (superseded is not null)
        {
            replies.Supersede(superseded);
        }

        replies.Welcome(agent);
        foreach (OpenTask open in hello.Tasks.Where(open => !IsWanted(open)))
        {
            // Of a run that is over, or that nobody here knows.
            replies.Cancel(hello, open);
        }

        if (agent.Standing == AgentStanding.Active)
        {
            Joined(agent);
        }
    }

    private void Bye(AgentBye bye)
    {
        lock (gate)
        {
            if (roster.Find(bye.Header.AgentId) is not { Left: false } agent || agent.Boot != bye.Header.BootId)
            {
                return;
            }

            roster.Save(agent with { Left = true, LastHeardAt = time.GetUtcNow() }, $"left: {Text.Cut(bye.Reason, 200)}");
        }

        Withdrawn(bye.Header.AgentId, "Bye", Text.Cut(bye.Reason));
    }

    private void Beat(Heartbeat beat)
    {
        FleetAgent? known;
        bool isKnown;
        lock (gate)
        {
            known = roster.Find(beat.Header.AgentId);
            isKnown = known is { Left: false } && known.Boot == beat.Header.BootId;
            if (isKnown)
            {
                roster.Note(known! with
                {
                    LastHeardAt = time.GetUtcNow(),
                    Activity = Text.Cut(beat.State, 40),
                    ConnectionQueue = OwnConnection(beat.Header, beat.ConnectionQueue),
                    IsCutOff = false,
                });
            }
        }

        if (isKnown)
        {
            Heard(beat);
            return;
        }

        // A process that this service has never heard a hello of, or an older one. A stranger was welcomed by a service before this one, whose state
        // this one has not.
        replies.PingStranger(beat.Header, known?.Hello.ReplyQueue ?? Queues.Agent(beat.Header.AgentId));
    }

    private void Touch(MessageHeader header)
    {
        lock (gate)
        {
            if (roster.Find(header.AgentId) is { } agent && agent.Boot == header.BootId)
            {
                roster.Note(agent with { LastHeardAt = time.GetUtcNow(), IsCutOff = false });
            }
        }
    }

    private static string? OwnConnection(MessageHeader header, string? queue) =>
        queue is not null && Admission.IsConnectionQueue(header.AgentId, queue) ? queue : null;

    private FleetAgent Newcomer(AgentHello hello, FleetAgent? before) => new()
    {
        Hello = hello,
        EnrolledAt = time.GetUtcNow(),
        OperatorLabels = before?.OperatorLabels
            ?? EnrolmentLabels(hello.Header.AgentId).ToDictionary(label => label.Key, string? (label) => label.Value, StringComparer.Ordinal),
    };

    private static (Guid Installation, Guid Boot, AgentStanding Standing, string? Reason) Known(FleetAgent agent) =>
        (agent.Hello.Installation, agent.Boot, agent.Standing, agent.Reason);

    private static MessageHeader HeaderOf(object message) => message switch
    {
        AgentHello m => m.Header,
        AgentBye m => m.Header,
        Heartbeat m => m.Header,
        Pong m => m.Header,
        _ => throw new ArgumentException($"{message.GetType()} is no message to the fleet.", nameof(message)),
    };
}
