namespace EdgeFlora.Coordinator.Options;

/// <summary>Other settings that some agents of a run had first, until that was over: what the models of those rounds were trained with.</summary>
public sealed record TriedTraining
{
    /// <summary>Who had them, and from which round on.</summary>
    public required FirstAgents First { get; init; }

    /// <summary>How all others trained, and everybody before.</summary>
    public required TrainingOptions Others { get; init; }

    /// <summary>The last round in which that was so.</summary>
    public required int UntilRound { get; init; }

    /// <summary>Whether all agents have the settings of the first from then on; otherwise nobody has.</summary>
    public required bool IsFinished { get; init; }
}
