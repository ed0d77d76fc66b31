namespace EdgeFlora.Protocol.Rounds;

/// <summary>Where a round is. Every state but the last two has a timer that ends it: see <see cref="Round.NextTimer"/>.</summary>
internal enum RoundState
{
    /// <summary>Waits for enough agents.</summary>
    Planned,

    /// <summary>Offers are out; too few agents have taken theirs.</summary>
    Offering,

    /// <summary>Agents are at work.</summary>
    Collecting,

    /// <summary>The manifest is written; nothing more counts.</summary>
    Frozen,

    /// <summary>The manifest is being aggregated; after a crash it is aggregated again.</summary>
    Aggregating,

    /// <summary>Has its one result.</summary>
    Committed,

    /// <summary>Has none: the model of the round before stands.</summary>
    Skipped,
}
