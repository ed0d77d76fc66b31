using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.EdgeAgent.Journal;

/// <summary>What must survive a crash about one task. Training's own state is in the checkpoint beside it.</summary>
internal sealed record JournalEntry
{
    public required TaskOffer Offer { get; init; }

    /// <summary>When the offer was accepted, by this machine's clock: a task's hard cap goes on counting while the agent is down.</summary>
    public required DateTimeOffset AcceptedAt { get; init; }

    public JournalStage Stage { get; init; }

    /// <summary>The trained body, from <see cref="JournalStage.Packed"/> on; absent when the task was to measure.</summary>
    public BlobClaim? Claim { get; init; }

    /// <summary>What will be reported, from <see cref="JournalStage.Packed"/> on.</summary>
    public ResultMetrics? Metrics { get; init; }

    /// <summary>Examples trained on, or measured.</summary>
    public int Examples { get; init; }

    /// <summary>Examples of each class; absent where the offer did not ask.</summary>
    public IReadOnlyList<int>? ClassCounts { get; init; }

    public long TrainMs { get; init; }

    /// <summary>Milliseconds spent fetching the adapter and handing the body over.</summary>
    public long TransferMs { get; init; }

    public double ErrorFeedbackNorm { get; init; }
}

/// <summary>How far a task has come for certain.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<JournalStage>))]
internal enum JournalStage
{
    /// <summary>On disk before the delivery was acknowledged; training may have left a checkpoint.</summary>
    Accepted,

    /// <summary>Done: body (if any) stored, new error feedback staged.</summary>
    Packed,

    /// <summary>The coordinator has the body.</summary>
    Uploaded,
}
