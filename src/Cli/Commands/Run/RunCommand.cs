using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Commands.Coordinator;
using EdgeFlora.Cli.Commands.Runs;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Coordinator.Specs.Reading;

namespace EdgeFlora.Cli.Commands.Run;

/// <summary><c>edgeflora run</c>: the short way for one run. Leads it in this process, writes the adapter, ends.</summary>
internal sealed class RunCommand : Command
{
    private readonly SpecArguments spec = new();
    private readonly BrokerArguments broker = new();
    private readonly Option<string> state = new("--state")
    {
        Description = "Folder of the run's state; a run in it is continued",
        HelpName = "DIR",
        DefaultValueFactory = _ => "run-state",
    };
    private readonly Option<string> output = new("--out")
    {
        Description = "Folder that receives the adapter (PEFT folder adapter/) and ledger.json",
        HelpName = "DIR",
        DefaultValueFactory = _ => "run-output",
    };
    private readonly Option<string?> log = new("--log")
    {
        Description = "Log file; without it coordinator.log in the state folder",
        HelpName = "FILE",
    };
    private readonly Option<bool> stopWithInput = StopWithInput.Option();

    public RunCommand()
        : base(
            "run",
            "Lead one run as its spec says in this process, without API, and end with it. Exit code 0: complete, "
                + "3: over with rounds missing, 1: failed.")
    {
        foreach (Symbol symbol in spec.All)
        {
            if (symbol is Argument argument)
            {
                Arguments.Add(argument);
            }
            else
            {
                Options.Add((Option)symbol);
            }
        }

        foreach (Option option in (IEnumerable<Option>)[.. broker.All, state, output, log, stopWithInput])
        {
            Options.Add(option);
        }

        SetAction((parsed, stop) => new CoordinatorProgram(Settings(parsed)).RunAsync(stop));
    }

    /// <summary>What a command line asks for.</summary>
    /// <exception cref="InputException">A value cannot be used.</exception>
    /// <exception cref="Client.SpecException">The spec has mistakes.</exception>
    public CoordinatorSettings Settings(ParseResult parsed)
    {
        string folder = parsed.GetRequiredValue(state);
        RunSpec read = RunSpecReader.Read(spec.Read(parsed)).Spec!;
        return new CoordinatorSettings(
            OneRun.Options(read, new StoreOptions { StateFolder = folder }, parsed.GetRequiredValue(output)),
            broker.Read(parsed),
            parsed.GetValue(log) ?? Path.Combine(folder, "coordinator.log"),
            parsed.GetValue(stopWithInput),
            read);
    }
}
