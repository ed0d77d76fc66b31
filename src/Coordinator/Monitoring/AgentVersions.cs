namespace EdgeFlora.Coordinator.Monitoring;

/// <summary>Versions of the agent program.</summary>
internal static class AgentVersions
{
    /// <summary>Whether a build is of a version that is wanted. A build names its commit after the version: <c>0.2.0+1a2b3c</c>.</summary>
    /// <param name="wanted">Null: none is wanted more than another.</param>
    public static bool IsWanted(string build, string? wanted) =>
        wanted is not null && (build == wanted || (build.StartsWith(wanted, StringComparison.Ordinal) && build[wanted.Length] == '+'));
}
