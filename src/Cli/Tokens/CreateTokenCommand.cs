using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Tokens;

/// <summary><c>edgeflora tokens create</c>.</summary>
internal sealed class CreateTokenCommand : ServiceCommand
{
    private readonly Argument<string> name;
    private readonly Option<string> role;

    public CreateTokenCommand()
        : this(
            new("NAME") { Description = "Name of the token, for histories and for revoking it" },
            Ranged.Choice("--role", "What it allows: view to look, operate to do everything", ["view", "operate"], "view"))
    {
    }

    private CreateTokenCommand(Argument<string> name, Option<string> role)
        : base("create", "Make an operator token. Its secret is shown this once.", name, role) => (this.name, this.role) = (name, role);

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        var asked = new NewOperatorToken(parsed.GetRequiredValue(name), Enum.Parse<OperatorRole>(parsed.GetRequiredValue(role), ignoreCase: true));
        answer.Show(await client.CommandAsync<CreatedOperatorToken>(HttpMethod.Post, "/api/v1/tokens", asked, stop), created => [created.Secret]);
        return ExitCode.Done;
    }
}
