using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Agents;

/// <summary><c>edgeflora agents show</c>.</summary>
internal sealed class ShowAgentCommand : ServiceCommand
{
    private readonly Argument<string> name;

    public ShowAgentCommand()
        : this(AgentsCommand.NameArgument())
    {
    }

    private ShowAgentCommand(Argument<string> name)
        : base("show", "Show all that is known of one agent.", name) => this.name = name;

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        answer.Show(await client.GetAsync<AgentDetail>(AgentsCommand.Path(parsed.GetRequiredValue(name)), stop), AgentText.Detail);
        return ExitCode.Done;
    }
}
