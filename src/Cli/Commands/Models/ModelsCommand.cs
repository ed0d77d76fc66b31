using System.CommandLine;

namespace EdgeFlora.Cli.Commands.Models;

/// <summary><c>edgeflora models</c>: base models that runs of a service can name.</summary>
internal sealed class ModelsCommand : Command
{
    public ModelsCommand()
        : base("models", "Add, list and remove the base models that a spec can name.")
    {
        Subcommands.Add(new AddModelCommand());
        Subcommands.Add(new ModelListCommand());
        Subcommands.Add(new RemoveModelCommand());
    }
}
