using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Commands.Agent;

/// <summary><c>edgeflora agent ready</c>: what keeps a container or a service alive asks it, on the same machine.</summary>
internal sealed class AgentReadyCommand : Command
{
    private readonly Option<string> state = new("--state") { Description = "The agent's state folder", HelpName = "DIR", Required = true };

    public AgentReadyCommand()
        : base("ready", "Say whether the agent of a state folder runs and a coordinator has let it in; ends with 4 where it does not.")
    {
        Options.Add(state);
        SetAction(parsed => Look(parsed.GetRequiredValue(state), parsed.InvocationConfiguration.Output));
    }

    private static int Look(string folder, TextWriter output)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException($"--state is '{folder}', which is no folder; give an agent's state folder");
        }

        if (!ReadyMark.IsSet(folder))
        {
            throw new ServiceUnreachableException(
                $"the agent of '{folder}' is not at work: it does not run, or no coordinator has let it in yet; its log says which");
        }

        output.WriteLine($"the agent of '{folder}' is at work");
        return ExitCode.Done;
    }
}
