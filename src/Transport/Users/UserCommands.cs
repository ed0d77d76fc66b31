using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeFlora.Contracts;

namespace EdgeFlora.Transport.Users;

/// <summary>Commands by which a broker's operator makes an agent's user, where the service may not.</summary>
public static class UserCommands
{
    /// <summary>Characters stand as they are: an escaped one would pass a shell's <c>echo</c> as another.</summary>
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Lines for a shell on the broker's machine. They hold the password's hash, never the password.</summary>
    /// <remarks><c>rabbitmqctl add_user</c> takes no hash; definitions do.</remarks>
    public static IReadOnlyList<string> For(string agentId, string passwordHash, string virtualHost)
    {
        ArgumentNullException.ThrowIfNull(virtualHost);
        string user = AgentUser.Of(agentId);
        string known = $$"""{"name":"{{user}}","password_hash":"{{passwordHash}}","hashing_algorithm":"{{PasswordHash.Algorithm}}","tags":""}""";
        return
        [
            $$"""echo '{"users":[{{known}}]}' | rabbitmqctl import_definitions""",
            Rights(agentId, virtualHost),
        ];
    }

    /// <summary>One line that makes the users of several agents with their rights, on a broker that has lost them.</summary>
    /// <param name="agents">Each with its password's hash.</param>
    public static string ForAll(IReadOnlyList<(string Agent, string PasswordHash)> agents, string virtualHost)
    {
        ArgumentNullException.ThrowIfNull(agents);
        var definitions = new
        {
            users = agents.Select(agent => new
            {
                name = AgentUser.Of(agent.Agent),
                password_hash = agent.PasswordHash,
                hashing_algorithm = PasswordHash.Algorithm,
                tags = "",
            }),
            permissions = agents.Select(agent => (User: AgentUser.Of(agent.Agent), Rights: UserRights.OfAgent(agent.Agent))).Select(one => new
            {
                user = one.User,
                vhost = virtualHost,
                configure = one.Rights.Configure,
                write = one.Rights.Write,
                read = one.Rights.Read,
            }),
        };
        return $"printf %s {Quoted(JsonSerializer.Serialize(definitions, Plain))} | rabbitmqctl import_definitions";
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
