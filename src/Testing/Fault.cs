namespace EdgeFlora.Testing;

/// <summary>
/// A fault that strikes in the middle of a round: an agent once it has the round's task and works on it, the coordinator once an agent does. An
/// agent is well again when that round is over, the coordinator at once.
/// </summary>
/// <param name="Kind">What happens.</param>
/// <param name="Member">To whom: the name of an agent, or <see cref="Federation.CoordinatorName"/>.</param>
/// <param name="Round">In which round, from 1.</param>
public sealed record Fault(FaultKind Kind, string Member, int Round)
{
    /// <summary>How many times as long a step of an agent takes in the round in which something happens to it.</summary>
    internal double SlowFactor { get; init; } = 30;

    /// <inheritdoc cref="FaultKind.Kill"/>
    public static Fault Kill(string member, int round = 1) => new(FaultKind.Kill, member, round);

    /// <inheritdoc cref="FaultKind.Pause"/>
    public static Fault Pause(string member, int round = 1) => new(FaultKind.Pause, member, round);

    /// <inheritdoc cref="FaultKind.Cut"/>
    public static Fault Cut(string member, int round = 1) => new(FaultKind.Cut, member, round);

    /// <inheritdoc cref="FaultKind.Slow"/>
    /// <param name="agent">An agent; a coordinator does no steps.</param>
    /// <param name="factor">How many times as long a step takes, 1 … 100,000.</param>
    public static Fault Slow(string agent, int round = 1, double factor = 30) => new(FaultKind.Slow, agent, round) { SlowFactor = factor };
}
