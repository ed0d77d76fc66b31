namespace EdgeFlora.Contracts.Tasks;

/// <summary>The offer is in the agent's journal (agent → intake). Sent after the journal is on disk, never before.</summary>
public sealed record TaskAccepted
{
    public required MessageHeader Header { get; init; }

    /// <summary>Optimiser step the agent goes on from; 0: from the start.</summary>
    public int ResumedFromStep { get; init; }

    /// <summary>For people: what memory the task takes on this device, and how it was made to fit. Absent where that is not planned.</summary>
    public string? Memory { get; init; }
}

/// <summary>The agent will not do this task (agent → intake).</summary>
public sealed record TaskDeclined
{
    public required MessageHeader Header { get; init; }

    public required DeclineReason Reason { get; init; }

    /// <summary>The reason in a sentence, for people.</summary>
    public required string Detail { get; init; }

    /// <summary>A rank that would fit, after <see cref="DeclineReason.OutOfMemory"/>.</summary>
    public int? SuggestRank { get; init; }

    /// <summary>Milliseconds after which the agent could be asked again.</summary>
    public long? RetryMs { get; init; }
}

/// <summary>Why an agent declines.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<DeclineReason>))]
public enum DeclineReason
{
    Busy,
    OutOfMemory,
    NoBase,
    NoData,
    Battery,
    Contract,
    Draining,
}

/// <summary>How far the agent is (agent → presence every few seconds; → intake at a third of the lease). Progress extends the lease.</summary>
public sealed record TaskProgress
{
    public required MessageHeader Header { get; init; }

    public required TaskPhase Phase { get; init; }

    /// <summary>Optimiser steps done; of <see cref="TaskPhase.Fetching"/> KiB that are here.</summary>
    public required int Step { get; init; }

    /// <summary>Optimiser steps in all; of <see cref="TaskPhase.Fetching"/> KiB of the model.</summary>
    public required int Total { get; init; }

    /// <summary>Mean loss of the last steps, nats.</summary>
    public double? Loss { get; init; }

    /// <summary>Milliseconds the agent expects to need still.</summary>
    public long? EtaMs { get; init; }

    /// <summary>For people: what it waits for. Absent: for nothing. Since version 6.</summary>
    public string? Waiting { get; init; }
}

/// <summary>Where in a task an agent is.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<TaskPhase>))]
public enum TaskPhase
{
    Preparing,
    Training,
    Evaluating,
    Packing,
    Uploading,
    Reporting,

    /// <summary>Getting the base model that it lacks: see <see cref="TaskOffer.BaseArchive"/>. Since version 6.</summary>
    Fetching,
}

/// <summary>The lease holds (coordinator → agent); answers <see cref="TaskAccepted"/> and <see cref="TaskProgress"/>.</summary>
public sealed record LeaseGranted
{
    public required MessageHeader Header { get; init; }

    /// <summary>Milliseconds left of the lease at sending.</summary>
    public required long RemainingMs { get; init; }
}

/// <summary>The task's result is not wanted any more (coordinator → agent).</summary>
public sealed record TaskCancelled
{
    public required MessageHeader Header { get; init; }

    public required CancelReason Reason { get; init; }
}

/// <summary>Why a task is not wanted any more.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<CancelReason>))]
public enum CancelReason
{
    RoundClosed,
    Superseded,
    RunStopped,
}

/// <summary>The agent could not finish (agent → intake).</summary>
public sealed record TaskFailed
{
    public required MessageHeader Header { get; init; }

    /// <summary>
    /// Short name of the failure: <c>Diverged</c>, <c>OutOfMemory</c>, <c>EngineLost</c>, <c>Trainer</c>, <c>Blob</c>, <c>Internal</c>.
    /// </summary>
    public required string Code { get; init; }

    /// <summary>Whether another attempt could succeed.</summary>
    public required bool Retryable { get; init; }

    /// <summary>What happened, for people; never data, weights or secrets.</summary>
    public required string Detail { get; init; }
}
