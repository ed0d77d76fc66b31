using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Fleet;

/// <summary>What agents say to the fleet: hello, goodbye, heartbeats. Admits agents at once, whichever runs there are. Thread-safe.</summary>
/// <param name="gate">Held while the roster is changed.</param>
internal sealed class FleetMessageHandler(
    FleetRoster roster, Lock gate, FleetReplies replies, FleetHooks hooks, SenderCheck senders, TimeProvider time, ILogger log)
{
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

    /// <summary>Idempotent on (agent, boot): the same hello again is answered again.</summary>
    private void Hello(AgentHello hello)
    {
        FleetAgent? superseded;
        FleetAgent agent;
        lock (gate)
        {
            FleetAgent? known = roster.Find(hello.Header.AgentId);
            AdmissionVerdict verdict = FleetAdmission.Judge(
                hello, known?.Known(), known is not null && roster.PresenceOf(known) == AgentPresence.Online);
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
                BuildSince = known is { BuildSince: { } since } && known.Hello.Build == hello.Build ? since : roster.NewestRounds(),
                LastHeardAt = time.GetUtcNow(),
                ConnectionQueue = OwnConnection(hello.Header, hello.ConnectionQueue),
                IsCutOff = false,
                Terminal = isNewProcess ? [] : known!.Terminal,
                TerminalAt = isNewProcess ? null : known!.TerminalAt,
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
        foreach (OpenTask open in hello.Tasks.Where(open => !hooks.IsWanted(open)))
        {
            // Of a run that is over, or that nobody here knows.
            replies.Cancel(hello, open);
        }

        hooks.Joined(agent, true);
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

        hooks.Withdrawn(bye.Header.AgentId, FleetAgent.GoodbyeCode, Text.Cut(bye.Reason));
    }

    private void Beat(Heartbeat beat)
    {
        FleetAgent? known;
        bool isKnown;
        bool wasSilent = false;
        lock (gate)
        {
            known = roster.Find(beat.Header.AgentId);
            isKnown = known is { Left: false } && known.Boot == beat.Header.BootId;
            if (isKnown)
            {
                wasSilent = IsSilent(known!);
                roster.Note(known! with
                {
                    Terminal = beat.Terminal is { } lines ? TerminalLines.Of(lines) : known.Terminal,
                    TerminalAt = beat.Terminal is null ? known.TerminalAt : time.GetUtcNow(),
                    LastHeardAt = time.GetUtcNow(),
                    Activity = Text.Cut(beat.State, 40),
                    ConnectionQueue = OwnConnection(beat.Header, beat.ConnectionQueue),
                    IsCutOff = false,
                });
            }
        }

        if (isKnown)
        {
            hooks.Heard(beat);
            HeardAgain(known!, wasSilent);
            return;
        }

        // A process that this service has never heard a hello of, or an older one. A stranger was welcomed by a service before this one, whose state
        // this one has not.
        replies.PingStranger(beat.Header, known?.Hello.ReplyQueue ?? Queues.Agent(beat.Header.AgentId));
    }

    private void Touch(MessageHeader header)
    {
        FleetAgent agent;
        bool wasSilent;
        lock (gate)
        {
            if (roster.Find(header.AgentId) is not { } known || known.Boot != header.BootId)
            {
                return;
            }

            agent = known;
            wasSilent = IsSilent(known);
            roster.Note(known with { LastHeardAt = time.GetUtcNow(), IsCutOff = false });
        }

        HeardAgain(agent, wasSilent);
    }

    private bool IsSilent(FleetAgent agent) => roster.PresenceOf(agent) == AgentPresence.Silent;

    /// <summary>Runs that began while an agent was silent did not count it in, and it says no hello for that.</summary>
    private void HeardAgain(FleetAgent agent, bool wasSilent)
    {
        if (wasSilent && agent.Standing == AgentStanding.Active)
        {
            hooks.Joined(agent, false);
        }
    }

    private static string? OwnConnection(MessageHeader header, string? queue) =>
        queue is not null && Admission.IsConnectionQueue(header.AgentId, queue) ? queue : null;

    private FleetAgent Newcomer(AgentHello hello, FleetAgent? before) => new()
    {
        Hello = hello,
        EnrolledAt = time.GetUtcNow(),
        OperatorLabels = before?.OperatorLabels
            ?? hooks.EnrolmentLabels(hello.Header.AgentId).ToDictionary(label => label.Key, string? (label) => label.Value, StringComparer.Ordinal),
    };

    private static MessageHeader HeaderOf(object message) => message switch
    {
        AgentHello m => m.Header,
        AgentBye m => m.Header,
        Heartbeat m => m.Header,
        Pong m => m.Header,
        _ => throw new ArgumentException($"{message.GetType()} is no message to the fleet.", nameof(message)),
    };
}
