using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Protocol.Tests.Given;

/// <summary>Round rules with round numbers, in milliseconds.</summary>
internal static class Rules
{
    public static readonly RoundRules Plain = new()
    {
        Seed = 7,
        Quorum = 0.6,
        AgentsPerRound = 0,
        OverSelection = 1,
        OfferTimeoutMs = 100,
        SoftDeadlineMs = 1000,
        HardDeadlineMs = 2000,
        Extensions = 1,
        StragglerGraceMs = 300,
        LeaseGraceMs = 200,
        MaxAttempts = 3,
        AggregationTimeoutMs = 5000,
    };
}
