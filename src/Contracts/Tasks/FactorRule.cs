namespace EdgeFlora.Contracts.Tasks;

/// <summary>What a task does with the factors of some modules. A module that no rule names is trained and sent in full.</summary>
/// <remarks>An agent that cannot obey a rule declines (<see cref="DeclineReason.Contract"/>); it never trains otherwise.</remarks>
public sealed record FactorRule
{
    /// <summary>Full names of adapted modules; a module is named by at most one rule of a task.</summary>
    public required IReadOnlyList<string> Modules { get; init; }

    /// <summary>Whether A is trained; else the agent sends it back as it was broadcast, bit by bit.</summary>
    public bool TrainA { get; init; } = true;

    /// <summary>Whether B is trained; else the agent sends it back as it was broadcast, bit by bit.</summary>
    public bool TrainB { get; init; } = true;

    /// <summary>
    /// Whether the agent starts from its own B of its last accepted round (the broadcast one before that), keeps what it trains, and sends the
    /// broadcast one back.
    /// </summary>
    public bool KeepB { get; init; }

    /// <summary>
    /// Whether the factors start in another basis than in the round before, so that what compression left out of them then means nothing now.
    /// </summary>
    public bool NewBasis { get; init; }
}
