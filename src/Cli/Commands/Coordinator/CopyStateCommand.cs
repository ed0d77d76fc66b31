using System.CommandLine;
using System.Globalization;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Service;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Commands.Coordinator;

/// <summary><c>edgeflora coordinator copy-state</c>.</summary>
internal sealed class CopyStateCommand : Command
{
    private readonly Option<string> state = new("--state")
    {
        Description = "State folder of the coordinator, which must not be at work",
        HelpName = "DIR",
        DefaultValueFactory = _ => "coordinator-state",
    };
    private readonly Option<string?> config = new("--config")
    {
        Description = "Configuration that the replicas will have, for store and s3",
        HelpName = "FILE",
    };
    private readonly StoreArguments store = new();

    public CopyStateCommand()
        : base("copy-state", "Copy a stopped coordinator's runs and fleet into an empty PostgreSQL database, to go on with two (docs/operate.md).")
    {
        Options.Add(state);
        Options.Add(config);
        foreach (Option option in store.All)
        {
            Options.Add(option);
        }

        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        PostgresOptions target = store.Read(parsed, ServiceArguments.Configuration(parsed.GetValue(config)))
            ?? throw new InputException("the database is missing; name it with --store postgres://USER@HOST:PORT/DATABASE or store.url");
        string folder = parsed.GetRequiredValue(state);
        CopiedState copied = StateCopy.Make(folder, target, TimeProvider.System);
        parsed.InvocationConfiguration.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"copied {copied.Rows} rows of {copied.Tables} tables{(target.SharesNoFolder ? $" and {copied.Bodies} bodies" : "")} to {target}"));
        parsed.InvocationConfiguration.Output.WriteLine(
            $"what they were in is now {copied.PutAside}; serve with --store, and with --state {folder}"
                + $"{(target.SharesNoFolder ? " or a new folder on each machine" : ", which all replicas share")}");
        return ExitCode.Done;
    }
}
