namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>How a task ended for this agent.</summary>
internal enum TaskEnd
{
    /// <summary>The result counts.</summary>
    Accepted,

    /// <summary>The coordinator refused the result.</summary>
    Rejected,

    /// <summary>Nobody wants the result any more: cancelled, superseded, or never answered in time.</summary>
    Cancelled,

    /// <summary>The agent would not do it.</summary>
    Declined,

    /// <summary>The agent could not do it.</summary>
    Failed,

    /// <summary>The agent stops; the task stays in the journal.</summary>
    Interrupted,
}
