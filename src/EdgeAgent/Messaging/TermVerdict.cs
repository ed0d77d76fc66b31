namespace EdgeFlora.EdgeAgent.Messaging;

/// <summary>What a message's term says of it.</summary>
internal enum TermVerdict
{
    /// <summary>It is of the coordinator that leads.</summary>
    Counts,

    /// <summary>It is of a coordinator that was succeeded, or no coordinator can have such a term.</summary>
    Stale,

    /// <summary>It is of a lower term than was seen, and counts: nobody speaks under that one any more.</summary>
    Lapsed,
}
