using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tokens;

/// <summary><c>edgeflora tokens revoke</c>.</summary>
internal sealed class RevokeTokenCommand : ServiceCommand
{
    private readonly Argument<string> name;

    public RevokeTokenCommand()
        : this(new("NAME") { Description = "Name of the token" })
    {
    }

    private RevokeTokenCommand(Argument<string> name)
        : base("revoke", "End an operator token at once.", name) => this.name = name;

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        string token = parsed.GetRequiredValue(name);
        await client.CommandAsync(HttpMethod.Delete, $"/api/v1/tokens/{Uri.EscapeDataString(token)}", stop);
        answer.Show(new { revoked = token }, _ => [$"revoked {token}"]);
        return ExitCode.Done;
    }
}
