using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Commands.Tokens;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Agents;

/// <summary><c>edgeflora agents rotate</c>.</summary>
internal sealed class RotateCommand : ServiceCommand
{
    private readonly Argument<string> name;

    public RotateCommand()
        : this(AgentsCommand.NameArgument())
    {
    }

    private RotateCommand(Argument<string> name)
        : base(
            "rotate",
            "Make a token with which an enrolled agent gets another password: run the command that it prints on the device. "
                + "The old password counts until then.",
            name) => this.name = name;

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        CreatedAgentToken created = await client.CommandAsync<CreatedAgentToken>(
            HttpMethod.Post, $"{AgentsCommand.Path(parsed.GetRequiredValue(name))}/rotate", null, stop);
        answer.Show(created, token => CreateTokenCommand.Shown(token, client));
        return ExitCode.Done;
    }
}
