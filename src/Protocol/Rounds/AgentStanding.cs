namespace EdgeFlora.Protocol.Rounds;

/// <summary>
/// What an agent's earlier tasks say of the next one. Saying hello costs nothing; goal and quorum of a round count on agents that have shown work.
/// </summary>
internal enum AgentStanding
{
    /// <summary>Takes its tasks.</summary>
    Proven,

    /// <summary>Was never offered a task, or never took one.</summary>
    New,

    /// <summary>Its last offer went unanswered: it counts again once it is heard about a task.</summary>
    Unanswering,

    /// <summary>Took its last tasks and gave no result: it counts again once a result does.</summary>
    Benched,
}
