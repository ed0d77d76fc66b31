using System.CommandLine;
using System.Globalization;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Tokens;

/// <summary><c>edgeflora tokens ls</c>.</summary>
internal sealed class TokenListCommand : ServiceCommand
{
    private readonly Option<bool> agent;

    public TokenListCommand()
        : this(CreateTokenCommand.AgentOption("List agent tokens that still count"))
    {
    }

    private TokenListCommand(Option<bool> agent)
        : base("ls", "List operator tokens, or with --agent agent tokens, without their secrets.", agent) => this.agent = agent;

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        if (parsed.GetValue(agent))
        {
            answer.Show(await client.GetAsync<IReadOnlyList<AgentTokenSummary>>("/api/v1/agent-tokens", stop), AgentTokens);
            return ExitCode.Done;
        }

        answer.Show(
            await client.GetAsync<IReadOnlyList<OperatorTokenSummary>>("/api/v1/tokens", stop),
            tokens => TextTable.Lines(
                ["NAME", "ROLE", "CREATED"],
                tokens.Select(token => new[] { token.Name, token.Role.ToString().ToLowerInvariant(), TextTable.Time(token.CreatedAt) })));
        return ExitCode.Done;
    }

    private static IEnumerable<string> AgentTokens(IReadOnlyList<AgentTokenSummary> tokens) => tokens.Count == 0
        ? ["no agent tokens; make one: edgeflora tokens create --agent"]
        : TextTable.Lines(
            ["ID", "AGENT", "LABELS", "USES LEFT", "EXPIRES", "BY"],
            tokens.Select(token => new[]
            {
                token.Id, token.Agent ?? "any", string.Join(
                    ",",
                    token.Labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}")),
                token.UsesLeft.ToString(CultureInfo.InvariantCulture), TextTable.Time(token.ExpiresAt), token.By,
            }));
}
