using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Commands.Tokens;

/// <summary><c>edgeflora tokens revoke</c>.</summary>
internal sealed class RevokeTokenCommand : ServiceCommand
{
    private readonly Argument<string> name;
    private readonly Option<bool> agent;

    public RevokeTokenCommand()
        : this(
            new("NAME") { Description = "Name of the operator token; with --agent the agent token's id" },
            CreateTokenCommand.AgentOption("An agent token is meant; agents that enrolled with it stay"))
    {
    }

    private RevokeTokenCommand(Argument<string> name, Option<bool> agent)
        : base("revoke", "End an operator token, or with --agent an agent token, at once.", name, agent) => (this.name, this.agent) = (name, agent);

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        string token = parsed.GetRequiredValue(name);
        await client.CommandAsync(
            HttpMethod.Delete, $"/api/v1/{(parsed.GetValue(agent) ? "agent-tokens" : "tokens")}/{Uri.EscapeDataString(token)}", stop);
        answer.Show(new { revoked = token }, _ => [$"revoked {token}"]);
        return ExitCode.Done;
    }
}
