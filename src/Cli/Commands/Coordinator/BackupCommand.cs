using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Live;
using EdgeFlora.Coordinator.Hosting;

namespace EdgeFlora.Cli.Commands.Coordinator;

/// <summary><c>edgeflora coordinator backup</c>.</summary>
internal sealed class BackupCommand : Command
{
    private readonly Option<string> state = new("--state")
    {
        Description = "State folder of the coordinator, which may be at work",
        HelpName = "DIR",
        DefaultValueFactory = _ => "coordinator-state",
    };
    private readonly Option<string> target = new("--out")
    {
        Description = "New folder for the backup; as secret as the state folder",
        HelpName = "DIR",
        Required = true,
    };

    public BackupCommand()
        : base("backup", "Copy a coordinator's state, while it works or not, into a folder that it can be restored from (docs/operate.md).")
    {
        Options.Add(state);
        Options.Add(target);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        string copy = parsed.GetRequiredValue(target);
        long bytes = StateBackup.Make(parsed.GetRequiredValue(state), copy, TimeProvider.System);
        parsed.InvocationConfiguration.Output.WriteLine(
            $"backed up to {copy}: {Shown.Bytes(bytes)}; to restore it, serve with --state {copy}, or with a copy of it under another name");
        return ExitCode.Done;
    }
}
