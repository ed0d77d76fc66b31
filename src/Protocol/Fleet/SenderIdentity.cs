namespace EdgeFlora.Protocol.Fleet;

/// <summary>Whether a message can be from the agent it names, by the user that the broker has seen.</summary>
internal static class SenderIdentity
{
    private const string Prefix = "edgeflora-agent-";

    /// <summary>The broker's user of an agent, where each has one of its own.</summary>
    public static string UserOf(string agent) => Prefix + agent;

    /// <summary>A user of one agent speaks for that agent alone. Other users are shared and prove nothing.</summary>
    public static bool IsForged(string? user, string agent) => user is not null && user.StartsWith(Prefix, StringComparison.Ordinal) && user != UserOf(agent);
}
