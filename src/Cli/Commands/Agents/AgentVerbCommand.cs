using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Agents;

/// <summary><c>edgeflora agents drain</c>, <c>quarantine</c>, <c>release</c> and <c>revoke</c>.</summary>
internal sealed class AgentVerbCommand : ServiceCommand
{
    private readonly Argument<string> name;
    private readonly Option<string?>? reason;

    public AgentVerbCommand(string verb, string purpose, bool takesReason)
        : this(
            verb,
            purpose,
            AgentsCommand.NameArgument(),
            takesReason ? new("--reason") { Description = "Why, for the agent's history", HelpName = "TEXT" } : null)
    {
    }

    private AgentVerbCommand(string verb, string purpose, Argument<string> name, Option<string?>? reason)
        : base(verb, purpose, reason is null ? [name] : [name, reason]) => (this.name, this.reason) = (name, reason);

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        object? body = reason is not null && parsed.GetValue(reason) is { } why ? new CommandReason(why) : null;
        AgentDetail agent = await client.CommandAsync<AgentDetail>(
            HttpMethod.Post, $"{AgentsCommand.Path(parsed.GetRequiredValue(name))}/{Name}", body, stop);
        answer.Show(agent, detail => AgentText.Table([detail.Summary]));
        return ExitCode.Done;
    }
}
