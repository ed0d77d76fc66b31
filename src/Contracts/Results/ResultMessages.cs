using EdgeFlora.Contracts.Blobs;

namespace EdgeFlora.Contracts.Results;

/// <summary>A task is done; its body was handed over before (agent → intake). Re-sent until answered; idempotent on (run, round, agent).</summary>
public sealed record ResultReady
{
    public required MessageHeader Header { get; init; }

    /// <summary>The trained adapter's body; absent for a task that only measured.</summary>
    public BlobClaim? Claim { get; init; }

    /// <summary>Rank of the adapter.</summary>
    public int Rank { get; init; }

    /// <summary>Training examples used: the agent's weight in the aggregate.</summary>
    public required int Examples { get; init; }

    public required ResultMetrics Metrics { get; init; }

    /// <summary>Milliseconds spent training.</summary>
    public long TrainMs { get; init; }

    /// <summary>
    /// Milliseconds spent fetching the adapter and handing the body over, in the process that reports; absent: not told. Since version 6.
    /// </summary>
    public long? TransferMs { get; init; }

    /// <summary>Frobenius norm of the error the codec left behind, kept by the agent for the next round.</summary>
    public double ErrorFeedbackNorm { get; init; }

    /// <summary>Round whose global adapter training started from.</summary>
    public int BaseRound { get; init; }

    /// <summary>Training examples of each class, in the order of the offer's labels; only where the offer asked for them. Since version 3.</summary>
    public IReadOnlyList<int>? ClassCounts { get; init; }

    /// <summary>
    /// What the agent did for the task and how long that took, at most <see cref="WireLimits.MaxTaskSpans"/>; only where the offer is of a trace.
    /// </summary>
    public IReadOnlyList<TaskSpan>? Spans { get; init; }
}

/// <summary>What the agent measured; absent values were not measured.</summary>
public sealed record ResultMetrics
{
    /// <summary>Mean training loss of the first steps, nats.</summary>
    public double? LossBefore { get; init; }

    /// <summary>Mean training loss of the last steps, nats.</summary>
    public double? LossAfter { get; init; }

    /// <summary>
    /// Accuracy of the global adapter on the agent's held-out data, 0 … 1; with the agent's own factors and head where it keeps some, as it does the
    /// loss and all else of the global adapter.
    /// </summary>
    public double? GlobalAccuracy { get; init; }

    /// <summary>Loss of the global adapter on the agent's held-out data, nats an example or, of a language model, nats a token.</summary>
    public double? GlobalLoss { get; init; }

    /// <summary>Accuracy of the agent's own adapter on its held-out data, 0 … 1.</summary>
    public double? LocalAccuracy { get; init; }

    /// <summary>Loss of the agent's own adapter on its held-out data, in the same unit.</summary>
    public double? LocalLoss { get; init; }

    /// <summary>Macro-F1 of the global adapter on the held-out data, 0 … 1.</summary>
    public double? GlobalMacroF1 { get; init; }

    /// <summary>Held-out examples measured.</summary>
    public int HeldOut { get; init; }

    /// <summary>
    /// Cross-entropy of the global adapter on the held-out texts, in bits a byte: comparable between tokenizers. Language models only; since
    /// version 3.
    /// </summary>
    public double? GlobalBitsPerByte { get; init; }

    /// <summary>Cross-entropy of the agent's own adapter on the held-out texts, in bits a byte. Language models only; since version 3.</summary>
    public double? LocalBitsPerByte { get; init; }

    /// <summary>Held-out tokens predicted. Language models only; since version 3.</summary>
    public long? HeldOutTokens { get; init; }

    /// <summary>Tokens to predict in all training examples together. Language models only; since version 3.</summary>
    public long? TrainingTokens { get; init; }

    /// <summary>
    /// How the global adapter labelled the held-out examples; only where the offer asked for it and the agent's owner lets it tell. Since version 6.
    /// </summary>
    public LabelCounts? ByLabel { get; init; }

    /// <summary>
    /// With a published adapter: whether the agent keeps the best that it trained itself, which does better on its held-out data
    /// (<see cref="LocalAccuracy"/>, <see cref="LocalLoss"/>) than the published one. Since version 6.
    /// </summary>
    public bool KeepsOwn { get; init; }
}

/// <summary>The result is stored and will be in the manifest or be listed as late (coordinator → agent).</summary>
public sealed record ResultAck
{
    public required MessageHeader Header { get; init; }
}

/// <summary>
/// The result does not count (coordinator → agent); the agent rolls its staged error feedback back. <see cref="RejectionCode.Duplicate"/> means an
/// earlier copy counted, <see cref="RejectionCode.BodyMissing"/> that it may still count.
/// </summary>
public sealed record ResultRejected
{
    public required MessageHeader Header { get; init; }

    public required RejectionCode Code { get; init; }

    /// <summary>What is wrong, in a sentence.</summary>
    public required string Detail { get; init; }
}

/// <summary>Why a result does not count.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<RejectionCode>))]
public enum RejectionCode
{
    /// <summary>A copy of it was accepted before: success.</summary>
    Duplicate,

    /// <summary>The lease was given to a later attempt.</summary>
    StaleEpoch,

    /// <summary>The round's inputs are frozen.</summary>
    RoundClosed,

    /// <summary>The coordinator does not have the body, or has lost it: the agent hands it over again and reports again. The task goes on.</summary>
    BodyMissing,

    /// <summary>The coordinator could not look into the result, time after time: nothing is wrong with it, and it ends all the same.</summary>
    CoordinatorFault,

    /// <summary>Wrong shape, not finite, or a norm far from the others'.</summary>
    Invalid,

    /// <summary>The agent is not the task's.</summary>
    Unauthorized,

    /// <summary>Too large, or too many.</summary>
    OverBudget,
}
