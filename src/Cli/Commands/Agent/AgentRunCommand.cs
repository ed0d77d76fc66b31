using System.CommandLine;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Commands.Agent;

/// <summary><c>edgeflora agent run</c>: works until stopped.</summary>
internal sealed class AgentRunCommand : Command
{
    public AgentRunCommand()
        : base("run", "Take part in runs until stopped, as the file of settings, the environment and the options say.") =>
        Fill(this, new AgentArguments());

    /// <summary>Gives a command the options and the action of an agent that runs.</summary>
    public static void Fill(Command command, AgentArguments arguments)
    {
        Option<bool> stopWithInput = StopWithInput.Option();
        foreach (Option option in arguments.All.Append(stopWithInput))
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, stop) => new AgentProgram(arguments.Read(parsed), parsed.GetValue(stopWithInput)).RunAsync(stop));
    }
}
