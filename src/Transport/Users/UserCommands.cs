using EdgeFlora.Contracts;

namespace EdgeFlora.Transport.Users;

/// <summary>Commands by which a broker's operator makes an agent's user, where the service may not.</summary>
public static class UserCommands
{
    /// <summary>Lines for a shell on the broker's machine. They hold the password's hash, never the password.</summary>
    /// <remarks><c>rabbitmqctl add_user</c> takes no hash; definitions do.</remarks>
    public static IReadOnlyList<string> For(string agentId, string passwordHash, string virtualHost)
    {
        ArgumentNullException.ThrowIfNull(virtualHost);
        string user = AgentUser.Of(agentId);
        return
        [
            $$"""echo '{"users":[{"name":"{{user}}","password_hash":"{{passwordHash}}","hashing_algorithm":"{{PasswordHash.Algorithm}}","tags":""}]}' | rabbitmqctl import_definitions""",
            Rights(agentId, virtualHost),
        ];
    }

    /// <summary>The line that gives an agent's user the rights that it needs, and no others.</summary>
    public static string Rights(string agentId, string virtualHost)
    {
        ArgumentNullException.ThrowIfNull(virtualHost);
        UserRights rights = UserRights.OfAgent(agentId);
        return $"rabbitmqctl set_permissions -p {Quoted(virtualHost)} {AgentUser.Of(agentId)} "
            + $"'{rights.Configure}' '{rights.Write}' '{rights.Read}'";
    }

    private static string Quoted(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
