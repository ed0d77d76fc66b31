using System.CommandLine;

namespace EdgeFlora.Cli.Commands.Contexts;

/// <summary><c>edgeflora context</c>: services by name.</summary>
internal sealed class ContextCommand : Command
{
    public ContextCommand()
        : base("context", "Name services, with their tokens and certificates, and choose one.")
    {
        Subcommands.Add(new AddContextCommand());
        Subcommands.Add(new ContextListCommand());
        Subcommands.Add(new UseContextCommand());
        Subcommands.Add(new RemoveContextCommand());
    }

    public static Argument<string> NameArgument() => new("NAME") { Description = "Name of the context" };
}
