using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Commands.Contexts;

/// <summary><c>edgeflora context rm</c>.</summary>
internal sealed class RemoveContextCommand : Command
{
    private readonly Argument<string> name = ContextCommand.NameArgument();

    public RemoveContextCommand()
        : base("rm", "Forget a service and its token.")
    {
        Arguments.Add(name);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        string chosen = parsed.GetRequiredValue(name);
        ContextFile known = ContextFile.Read();
        var left = new Dictionary<string, ServiceContext>(known.Contexts);
        if (!left.Remove(chosen))
        {
            throw new InputException($"there is no context '{chosen}': edgeflora context ls lists them");
        }

        new ContextFile(known.Current == chosen ? null : known.Current, left).Write();
        parsed.InvocationConfiguration.Output.WriteLine($"{chosen} is forgotten");
        return ExitCode.Done;
    }
}
