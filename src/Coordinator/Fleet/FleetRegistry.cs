using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Transport.Stamps;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Fleet;

/// <summary>The fleet: who belongs to it, who is there, who may work. Thread-safe.</summary>
/// <param name="send">Takes an answer on its way out; does not wait.</param>
/// <param name="heartbeat">Interval of agents' heartbeats.</param>
internal sealed class FleetRegistry(
    ServiceStore store, Action<Outgoing> send, TimeSpan heartbeat, MessageStamp stamp, SenderCheck senders, TimeProvider time, ILogger log)
{
    private readonly Lock gate = new();
    private readonly FleetRoster roster = new(store, heartbeat * 2.2, time);
    private readonly FleetReplies replies = new(send, store.Id, store.Term, heartbeat, stamp, time, log);

    public FleetHooks Hooks { get; } = new();

    private FleetMessageHandler Messages => field ??= new FleetMessageHandler(roster, gate, replies, Hooks, senders, time, log);

    /// <summary>Completes once the agent that was revoked last has been told, or could not be.</summary>
    public Task LastFarewell { get; private set; } = Task.CompletedTask;

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
    public void Take(object message, string? user) => Messages.Take(message, user);

    /// <summary>Changes an agent, all of it or nothing.</summary>
    /// <returns>The agent as it is now; null: there is none of that name.</returns>
    public FleetAgent? Change(string name, Func<FleetAgent, FleetAgent> change, string what, string by, StoredCommand? command)
    {
        FleetAgent? before;
        FleetAgent? after;
        lock (gate)
        {
            before = roster.Find(name);
            if (before is null)
            {
                return null;
            }

            after = change(before);
            roster.Save(after, what, by, command);
        }

        if (IsAvailable(after))
        {
            Hooks.Joined(after, false);
        }
        else if (after.Withdrawal is { } away)
        {
            Hooks.Withdrawn(name, away.Code, away.Detail);
        }

        Tell(before, after);

        return after;
    }

    /// <summary>Tells an agent what its new standing means for it.</summary>
    private void Tell(FleetAgent before, FleetAgent after)
    {
        switch (after.Standing)
        {
            case AgentStanding.Active when before.Standing == AgentStanding.Quarantined:
                // One that was started meanwhile was not let in, and waits.
                replies.Ping(after.Name, after.Hello.ReplyQueue);
                break;
            case AgentStanding.Quarantined:
                replies.Refuse(after.Hello, FleetAdmission.Judge(after.Hello, after.Known(), present: true));
                break;
            case AgentStanding.Revoked:
                LastFarewell = replies.Refuse(after.Hello, FleetAdmission.Revoked(after.Name));
                break;
        }
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
            Hooks.CutOff(name, agent.Boot);
        }

        log.ConnectionGone(name);
        Hooks.ConnectionLost(name);
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
}
