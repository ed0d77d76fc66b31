using System.CommandLine;

namespace EdgeFlora.Cli.Commands.Agent;

/// <summary><c>edgeflora agent</c>: one agent with its private data; <c>agent run</c> is the same.</summary>
internal sealed class AgentCommand : Command
{
    public AgentCommand()
        : base("agent", "Take part in a run: train adapters on this machine's private data, which never leaves it.")
    {
        AgentRunCommand.Fill(this, Given);
        Subcommands.Add(new AgentRunCommand());
        Subcommands.Add(new AgentReadyCommand());
        Subcommands.Add(new EnrollCommand());
        Subcommands.Add(new AgentRotateCommand());
        Subcommands.Add(new AgentConfigCommand());
        Subcommands.Add(new AgentExportCommand());
    }

    public AgentArguments Given { get; } = new();
}
