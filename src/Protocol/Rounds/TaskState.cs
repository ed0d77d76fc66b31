namespace EdgeFlora.Protocol.Rounds;

/// <summary>Where an agent's task is.</summary>
internal enum TaskState
{
    /// <summary>Offered, not yet in the agent's journal.</summary>
    Offered,

    /// <summary>In the agent's journal; its lease lives while the agent is heard.</summary>
    Accepted,

    /// <summary>Its result counts.</summary>
    Done,

    /// <summary>The lease ended in silence. A result under the same epoch still counts while the round is open.</summary>
    Lost,

    /// <summary>The agent would not.</summary>
    Declined,

    /// <summary>The agent could not.</summary>
    Failed,

    /// <summary>Its result was refused.</summary>
    Rejected,

    /// <summary>Still at work when the round was frozen.</summary>
    Late,
}
