namespace EdgeFlora.Cli.Live;

/// <summary>What an onlooker sees an agent doing.</summary>
internal enum AgentState
{
    /// <summary>Welcomed, waiting for a task.</summary>
    Idle,

    /// <summary>A task was sent; no answer yet.</summary>
    Offered,

    /// <summary>At a task.</summary>
    Working,

    /// <summary>Its update of this round counts.</summary>
    Accepted,

    /// <summary>Its update came after the round's inputs were frozen, or it was still at work then.</summary>
    Late,

    /// <summary>Its update was refused.</summary>
    Refused,

    /// <summary>Its lease ended in silence, it declined, or it failed.</summary>
    Dropped,

    /// <summary>It said goodbye.</summary>
    Left,

    /// <summary>Shut out after repeated bad updates.</summary>
    Quarantined,
}
