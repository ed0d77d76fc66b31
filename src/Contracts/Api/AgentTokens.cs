namespace EdgeFlora.Contracts.Api;

/// <summary>Asks for a token with which devices become agents.</summary>
public sealed record NewAgentToken
{
    /// <summary>Labels that agents get which enrol with it: keys and values of 1 … 63 letters, digits, '.', '_' and '-'.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>How long it counts, in seconds: 1 … 2,592,000 (30 days). Default 15 minutes.</summary>
    public int LifetimeSeconds { get; init; } = 900;

    /// <summary>Agents that may enrol with it, 1 … 10,000. Default 1.</summary>
    public int Uses { get; init; } = 1;

    /// <summary>The one agent that may enrol with it, anew if it is enrolled already; absent: any name that is free.</summary>
    public string? Agent { get; init; }
}

/// <summary>An agent token, without the secret.</summary>
/// <param name="Id">Names it, for listing and revoking; proves nothing.</param>
/// <param name="UsesLeft">Agents that may still enrol with it.</param>
/// <param name="Agent">The one agent that may use it; absent: any.</param>
/// <param name="By">Name of the operator token that made it.</param>
public sealed record AgentTokenSummary(
    string Id,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    int UsesLeft,
    IReadOnlyDictionary<string, string> Labels,
    string? Agent,
    string By);

/// <summary>A new agent token. The secret is shown this once; the service keeps only its hash.</summary>
public sealed record CreatedAgentToken(AgentTokenSummary Token, string Secret);
