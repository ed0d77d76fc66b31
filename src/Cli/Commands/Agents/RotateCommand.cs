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
    private readonly Option<bool> ask;

    public RotateCommand()
        : this(
            AgentsCommand.NameArgument(),
            new("--ask")
            {
                Description = "Have the agent change it by itself: now if it is there, else when it comes. Nobody is needed at the device",
            })
    {
    }

    private RotateCommand(Argument<string> name, Option<bool> ask)
        : base(
            "rotate",
            "Give an enrolled agent another password. Without --ask, make a token for it: run the command that it prints on the device. "
                + "The old password counts until then.",
            name,
            ask) => (this.name, this.ask) = (name, ask);

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        string path = AgentsCommand.Path(parsed.GetRequiredValue(name));
        if (parsed.GetValue(ask))
        {
            AgentDetail asked = await client.CommandAsync<AgentDetail>(HttpMethod.Post, $"{path}/renew", null, stop);
            answer.Show(asked, agent =>
            [
                agent.Summary.Presence == AgentPresence.Online
                    ? $"{agent.Summary.Name} is asked to change its password; its log tells when it has, and "
                        + $"edgeflora agents show {agent.Summary.Name} while it has not"
                    : $"{agent.Summary.Name} is not there; it is asked to change its password when it comes",
                AgentText.PasswordOfTheOwner,
            ]);
            return ExitCode.Done;
        }

        CreatedAgentToken created = await client.CommandAsync<CreatedAgentToken>(HttpMethod.Post, $"{path}/rotate", null, stop);
        answer.Show(created, token => CreateTokenCommand.Shown(token, client));
        return ExitCode.Done;
    }
}
