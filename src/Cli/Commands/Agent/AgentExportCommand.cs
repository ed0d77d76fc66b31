using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.EdgeAgent.Tasks;

namespace EdgeFlora.Cli.Commands.Agent;

/// <summary><c>edgeflora agent export</c>: the adapter that an agent keeps to itself in a run, as a PEFT folder.</summary>
internal sealed class AgentExportCommand : Command
{
    private readonly Option<string> state = new("--state") { Description = "The agent's state folder", HelpName = "DIR", Required = true };
    private readonly Option<string> run = new("--run")
    {
        Description = "Id of the run; not needed where the agent keeps adapters of one run only",
        HelpName = "ID",
    };
    private readonly Option<string> output = new("--out")
    {
        Description = "Folder for the adapter",
        HelpName = "DIR",
        DefaultValueFactory = _ => "adapter",
    };

    public AgentExportCommand()
        : base(
            "export",
            "Write the adapter that this agent keeps to itself in a run as a PEFT folder: where it keeps factors or the head, "
                + "or its own where that did better than the published one.")
    {
        Options.Add(state);
        Options.Add(run);
        Options.Add(output);
        SetAction(parsed => Export(
            parsed.GetRequiredValue(state), parsed.GetValue(run), parsed.GetRequiredValue(output), parsed.InvocationConfiguration.Output));
    }

    private static int Export(string state, string? run, string folder, TextWriter output)
    {
        if (!Directory.Exists(state))
        {
            throw new InputException($"--state is '{state}', which is no folder; give an agent's state folder");
        }

        IReadOnlyList<Guid> runs = OwnAdapterExport.Runs(state);
        string known = runs.Count > 0
            ? $"it keeps adapters of {string.Join(", ", runs)}"
            : "it keeps none: it would with a personal head and strategies that leave factors with the agents, such as FedSaLora, "
                + "and where its own adapter did better than the one a run published";
        Guid chosen = (run, runs) switch
        {
            (null, [var only]) => only,
            (null, []) => throw new InputException($"--state is '{state}'; {known}"),
            (null, _) => throw new InputException($"--run is missing; {known}"),
            _ when Guid.TryParse(run, out Guid id) && runs.Contains(id) => id,
            _ => throw new InputException($"--run is '{run}', of which {state} keeps no adapter; {known}"),
        };
        OwnAdapterExport.Write(state, chosen, folder);
        output.WriteLine(SafeText.OneLine($"the agent's own adapter of run {chosen} is in {folder}"));
        return ExitCode.Done;
    }
}
