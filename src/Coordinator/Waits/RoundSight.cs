using EdgeFlora.Contracts.Api;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Waits;

/// <summary>A round as it stood after a step of its run.</summary>
/// <param name="Now">Run clock in milliseconds at that step.</param>
/// <param name="At">The same moment by the clock on the wall.</param>
internal sealed record RoundSight(Round Round, RoundRules Rules, long Now, DateTimeOffset At)
{
    /// <summary>The round's status as operators are told.</summary>
    public static RoundStatus StatusOf(RoundState state) => state switch
    {
        RoundState.Planned => RoundStatus.Planned,
        RoundState.Offering or RoundState.Collecting => RoundStatus.Open,
        RoundState.Frozen or RoundState.Aggregating => RoundStatus.Aggregating,
        RoundState.Committed => RoundStatus.Committed,
        RoundState.Skipped => RoundStatus.Skipped,
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "A state of a round without a status."),
    };

    /// <summary>A moment of the run clock on the wall's; null: it does not come within ten years.</summary>
    public DateTimeOffset? Moment(long at) => WaitText.Moment(at, Now, At);

    /// <summary>Run clock in milliseconds at a later moment; the clock runs while the service does.</summary>
    public long ClockAt(DateTimeOffset moment) => Now + Math.Max(0, (long)(moment - At).TotalMilliseconds);
}
