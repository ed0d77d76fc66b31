using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Commands.Contexts;

/// <summary><c>edgeflora context use</c>.</summary>
internal sealed class UseContextCommand : Command
{
    private readonly Argument<string> name = ContextCommand.NameArgument();

    public UseContextCommand()
        : base("use", "Choose the service that commands speak to.")
    {
        Arguments.Add(name);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        string chosen = parsed.GetRequiredValue(name);
        ContextFile known = ContextFile.Read();
        if (!known.Contexts.TryGetValue(chosen, out ServiceContext? context))
        {
            throw new InputException($"there is no context '{chosen}': edgeflora context ls lists them");
        }

        (known with { Current = chosen }).Write();
        parsed.InvocationConfiguration.Output.WriteLine($"{chosen} ({context.Url}) is the current context");
        return ExitCode.Done;
    }
}
