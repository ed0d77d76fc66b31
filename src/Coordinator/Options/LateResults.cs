namespace EdgeFlora.Coordinator.Options;

/// <summary>What becomes of a result that arrives after its round was frozen.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<LateResults>))]
public enum LateResults
{
    /// <summary>It does not count, and agents still at work are told to stop.</summary>
    Drop,

    /// <summary>
    /// Agents go on, and it counts in the round after its own as a change of the adapter it started from, by 1/√2 if that is no longer the newest
    /// (FedBuff, arXiv 2106.06639).
    /// </summary>
    NextRound,
}
