namespace EdgeFlora.Integration.Tests.Service;

/// <summary>What an agent's process has written to its log.</summary>
internal static class AgentLog
{
    /// <param name="state">The agent's state folder.</param>
    public static string Of(string state) => string.Concat(Directory.GetFiles(state, "*.log").Select(file =>
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }));
}
