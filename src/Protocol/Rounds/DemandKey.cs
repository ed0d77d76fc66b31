using System.Collections.Immutable;

namespace EdgeFlora.Protocol.Rounds;

/// <summary>
/// All that an <see cref="AgentDemand"/> depends on, made without looking at agents or tasks. Equal keys of one run give the same demand, so that it
/// need not be made anew for every message.
/// </summary>
/// <remarks>Sets are compared by reference: they stay the same objects for as long as nobody joins or leaves them.</remarks>
internal readonly record struct DemandKey
{
    private int Number { get; init; }

    private RoundState State { get; init; }

    private ImmutableSortedSet<string>? Online { get; init; }

    private ImmutableSortedSet<string>? Busy { get; init; }

    private ImmutableSortedSet<string>? Held { get; init; }

    private ImmutableDictionary<string, AgentStanding>? Standings { get; init; }

    private int Tasks { get; init; }

    private int Missing { get; init; }

    /// <summary>Whether the passing of time alone has changed what the round would ask for.</summary>
    private bool IsDue { get; init; }

    private bool Paused { get; init; }

    private IReadOnlySet<string> Drained { get; init; }

    private RoundRules Rules { get; init; }

    /// <summary>As for <see cref="AgentDemand.Of"/>.</summary>
    public static DemandKey Of(Round? round, long now, RoundRules rules, bool paused, IReadOnlySet<string> drained) => new()
    {
        Number = round?.Number ?? 0,
        State = round?.State ?? default,
        Online = round?.Online,
        Busy = round?.Busy,
        Held = round?.Held,
        Standings = round?.Standings,
        Tasks = round?.Tasks.Count ?? 0,
        Missing = round is null ? 0 : AgentDemand.Missing(round),
        IsDue = round switch
        {
            null => false,
            { State: RoundState.Planned } => RoundOpening.IsDue(round, now, rules),
            _ => AgentDemand.IsTooLate(round, now),
        },
        Paused = paused,
        Drained = drained,
        Rules = rules,
    };

    /// <summary>Whether no agent can have become needless since <paramref name="earlier"/> but one whose own task has changed.</summary>
    public bool KeepsOthersOf(DemandKey earlier) =>
        Number == earlier.Number && State == earlier.State && ReferenceEquals(Busy, earlier.Busy) && Rules == earlier.Rules;
}
