namespace EdgeFlora.Transport.Buses;

/// <summary>What a queue is for; decides how the broker keeps it (see <see cref="BusQueues"/>).</summary>
public enum QueueKind
{
    /// <summary>Offers and answers to one agent: classic, durable, 32 messages, gone after 7 days without the agent.</summary>
    AgentControl,

    /// <summary>
    /// Chunks to one agent: apart from control, so that bulk neither delays nor displaces an offer. What is dropped is asked for again.
    /// </summary>
    AgentChunks,

    /// <summary>Results and lifecycle, agents → coordinator: quorum, refuses rather than drops, dead letters kept.</summary>
    Intake,

    /// <summary>Chunks, agents → coordinator: bounded in bytes. What is dropped is asked for again.</summary>
    IntakeChunks,

    /// <summary>
    /// Hellos and byes, agents → coordinator service: classic, durable, one consumer. What is dropped is sent again until it is answered.
    /// </summary>
    Fleet,

    /// <summary>Heartbeats and progress: may be lost, gone after 60 s.</summary>
    Presence,
}
