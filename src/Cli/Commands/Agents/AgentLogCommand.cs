using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Agents;

/// <summary><c>edgeflora agents log</c>.</summary>
internal sealed class AgentLogCommand : ServiceCommand
{
    private readonly Argument<string> name;

    public AgentLogCommand()
        : this(AgentsCommand.NameArgument())
    {
    }

    private AgentLogCommand(Argument<string> name)
        : base("log", "Show the last lines of an agent's terminal, as it told them with its heartbeats.", name) => this.name = name;

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        AgentDetail agent = await client.GetAsync<AgentDetail>(AgentsCommand.Path(parsed.GetRequiredValue(name)), stop);
        answer.Show(new { agent.TerminalAt, agent.Terminal }, _ => Lines(agent));
        return ExitCode.Done;
    }

    private static IEnumerable<string> Lines(AgentDetail agent) => agent.TerminalAt is { } told
        ? agent.Terminal.Prepend($"{agent.Summary.Name} at {TextTable.Time(told)}:")
        : [$"{agent.Summary.Name} has told nothing since the service began: its owner may forbid it (allow.terminal), "
            + "it may be of an earlier version, or not be there"];
}
