namespace EdgeFlora.Transport.Telemetry;

/// <summary>Names of what spans say of themselves. Values are ids, names, counts and words of ours: never data, weights or secrets.</summary>
public static class SpanAttributes
{
    public const string Run = "edgeflora.run.id";

    public const string Round = "edgeflora.round";

    public const string Agent = "edgeflora.agent.name";

    public const string Outcome = "edgeflora.outcome";

    /// <summary>True: the coordinator told it for an agent, by its own clock.</summary>
    public const string Relayed = "edgeflora.relayed";

    /// <summary>True: the round was begun by an earlier coordinator.</summary>
    public const string Recovered = "edgeflora.recovered";

    public static IReadOnlyList<string> All { get; } = [Run, Round, Agent, Outcome, Relayed, Recovered];
}
