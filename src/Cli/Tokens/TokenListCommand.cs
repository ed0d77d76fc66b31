using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Tokens;

/// <summary><c>edgeflora tokens ls</c>.</summary>
internal sealed class TokenListCommand() : ServiceCommand("ls", "List operator tokens, without their secrets.")
{
    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        answer.Show(
            await client.GetAsync<IReadOnlyList<OperatorTokenSummary>>("/api/v1/tokens", stop),
            tokens => TextTable.Lines(
                ["NAME", "ROLE", "CREATED"],
                tokens.Select(token => new[] { token.Name, token.Role.ToString().ToLowerInvariant(), TextTable.Time(token.CreatedAt) })));
        return ExitCode.Done;
    }
}
