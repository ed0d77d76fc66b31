using System.CommandLine;
using System.CommandLine.Help;

namespace EdgeFlora.Cli.Commands.Bench;

/// <summary><c>edgeflora bench</c>: what this machine can do.</summary>
internal sealed class BenchCommand : Command
{
    public BenchCommand()
        : base("bench", "Measure what this machine can do.")
    {
        Subcommands.Add(new DeviceCommand());
        SetAction(parsed => new HelpAction().Invoke(parsed));
    }
}
