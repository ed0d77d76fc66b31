using System.CommandLine;

namespace EdgeFlora.Cli.Commands.Adapter;

/// <summary><c>edgeflora adapter</c>: where an adapter comes from.</summary>
internal sealed class AdapterCommand : Command
{
    public AdapterCommand()
        : base("adapter", "Check where an adapter comes from, and that nobody has changed it.")
    {
        Subcommands.Add(new VerifyAdapterCommand());
        Subcommands.Add(new AdapterKeyCommand());
    }
}
