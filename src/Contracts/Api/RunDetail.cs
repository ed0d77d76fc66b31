using System.Text.Json.Nodes;

namespace EdgeFlora.Contracts.Api;

/// <summary>All there is to say of one run.</summary>
public sealed record RunDetail
{
    public required RunSummary Summary { get; init; }

    /// <summary>The run's spec as it holds now: as submitted, with what was changed under way. Fits the run spec's schema.</summary>
    public required JsonObject Spec { get; init; }

    /// <summary>Rounds that have begun, in order.</summary>
    public required IReadOnlyList<RoundSummary> Rounds { get; init; }

    /// <summary>The round at hand: who is at work in it and until when it waits; absent where no service leads the run at this moment.</summary>
    public RoundStanding? Current { get; init; }

    /// <summary>Every state it has been in, oldest first.</summary>
    public required IReadOnlyList<StateChange> History { get; init; }

    /// <summary>Agents that took part so far, by name.</summary>
    public required IReadOnlyList<string> Participants { get; init; }

    /// <summary>Changes of its training that some agents had first, oldest first.</summary>
    public IReadOnlyList<Rollout> Rollouts { get; init; } = [];

    /// <summary>The run from whose model it began; absent: none.</summary>
    public RunOrigin? ForkedFrom { get; init; }

    /// <summary>SHA-256 of the body of the global adapter that is the run's; absent before the first round was committed.</summary>
    public string? ModelSha256 { get; init; }

    /// <summary>Round whose adapter is the run's: the newest, or the best so far where the spec asks for it; absent before the first.</summary>
    public int? PublishedRound { get; init; }

    /// <summary>Why it is that one, in a sentence; absent: it is the newest, as always where nothing else is asked.</summary>
    public string? PublishedReason { get; init; }

    /// <summary>What agents measured of it on their own held-out data at the end of the run; absent before, and where nobody was asked.</summary>
    public FinalMeasures? FinalMeasures { get; init; }

    /// <summary>Mean relative error that strategy <c>Auto</c> would have had over the committed rounds; absent where it was not measured.</summary>
    public double? AutoDivergence { get; init; }

    /// <summary>Mean relative error of the strategy that was used, over the same rounds.</summary>
    public double? UsedDivergence { get; init; }
}

/// <summary>A run and one of its committed rounds.</summary>
public sealed record RunOrigin(Guid RunId, int Round);

/// <summary>A change of a run's state.</summary>
/// <param name="Reason">Why, in a sentence.</param>
/// <param name="By">Name of the operator token that asked for it; absent: the service itself.</param>
public sealed record StateChange(DateTimeOffset At, RunState State, string? Reason, string? By);
