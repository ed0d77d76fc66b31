using System.CommandLine;

namespace EdgeFlora.Cli.Commands.Agents;

/// <summary><c>edgeflora agents</c>: the fleet of a service.</summary>
internal sealed class AgentsCommand : Command
{
    public AgentsCommand()
        : base("agents", "List the agents of a service, label them, take them out and back in.")
    {
        Subcommands.Add(new AgentListCommand());
        Subcommands.Add(new ShowAgentCommand());
        Subcommands.Add(new AgentLogCommand());
        Subcommands.Add(new AgentVersionsCommand());
        Subcommands.Add(new LabelCommand());
        Subcommands.Add(new AgentVerbCommand("drain", "Let an agent finish what it has, and give it nothing new.", takesReason: true));
        Subcommands.Add(new AgentVerbCommand("quarantine", "Give an agent's tasks up and refuse what it sends.", takesReason: true));
        Subcommands.Add(new AgentVerbCommand("release", "End drain and quarantine.", takesReason: false));
        Subcommands.Add(new RotateCommand());
        Subcommands.Add(new AgentVerbCommand(
            "revoke", "End an agent's membership: its user at the broker is deleted and its connections are cut.", takesReason: true));
    }

    public static Argument<string> NameArgument() => new("NAME") { Description = "Name of an agent" };

    public static string Path(string name) => $"/api/v1/agents/{Uri.EscapeDataString(name)}";
}
