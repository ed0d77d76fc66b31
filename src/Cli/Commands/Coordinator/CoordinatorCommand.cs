using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Service;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Commands.Coordinator;

/// <summary><c>edgeflora coordinator</c>: serves a fleet and its runs; with the options of a run it leads that one and ends with it.</summary>
internal sealed class CoordinatorCommand : Command
{
    private readonly ServiceArguments service = new();
    private readonly RunArguments run = new();
    private readonly RoundArguments rounds = new();
    private readonly AggregationArguments aggregation = new();
    private readonly LoraArguments lora = new();
    private readonly TrainingArguments training = new();
    private readonly IntakeArguments intake = new();
    private readonly PrivacyArguments privacy = new();
    private readonly BrokerArguments broker = new();
    private readonly Option<string?> log = new("--log")
    {
        Description = "Log files, the day in the name before its ending, the newest 8 of 5 MiB kept; without it coordinator.log in the state folder",
        HelpName = "FILE",
    };
    private readonly Option<bool> stopWithInput = StopWithInput.Option();

    public CoordinatorCommand()
        : base(
            "coordinator",
            "Serve: lead runs on a fleet of agents over a broker, for operators who submit, watch and steer them (edgeflora runs). "
            + "With any option of a run (--task and those below it) it is the short way for one run: it leads that run and ends with it, "
            + "without API.")
    {
        IEnumerable<Option> all = [.. service.All, run.State, .. broker.All, log, stopWithInput, .. OfRun];
        foreach (Option option in all)
        {
            Options.Add(option);
        }

        Subcommands.Add(new BackupCommand());
        Subcommands.Add(new CopyBodiesCommand());
        Subcommands.Add(new CopyStateCommand());
        Subcommands.Add(new ReadyCommand());
        SetAction((parsed, stop) => IsOneRun(parsed)
            ? new CoordinatorProgram(Settings(parsed)).RunAsync(stop)
            : new ServiceProgram(Service(parsed), parsed.InvocationConfiguration.Output).RunAsync(stop));
    }

    private IEnumerable<Option> OfRun =>
        [.. run.OfRun, .. rounds.All, .. aggregation.All, .. lora.All, .. training.All, .. intake.All, .. privacy.All];

    /// <summary>Whether a command line asks for one run rather than for a service.</summary>
    /// <exception cref="InputException">It asks for both.</exception>
    public bool IsOneRun(ParseResult parsed)
    {
        if (OfRun.FirstOrDefault(parsed.IsGiven) is not { } ofRun)
        {
            return false;
        }

        parsed.RefuseBoth(
            ofRun,
            "which is of one run; a service takes runs as specs (edgeflora runs submit), and one run is led without these options",
            [.. service.All]);
        return true;
    }

    /// <summary>What a command line asks of a service.</summary>
    /// <exception cref="InputException">A value cannot be used.</exception>
    /// <exception cref="Client.SpecException">The configuration has mistakes.</exception>
    public ServiceSettings Service(ParseResult parsed) => service.Read(parsed, broker, run.State, log, parsed.GetValue(stopWithInput));

    /// <summary>What a command line asks for.</summary>
    /// <exception cref="InputException">A value cannot be used.</exception>
    public CoordinatorSettings Settings(ParseResult parsed)
    {
        CoordinatorOptions options = run.Read(parsed);
        PrivacyRunOptions? noise = privacy.Read(parsed);
        options = options with
        {
            Rounds = rounds.Read(parsed),
            Aggregation = aggregation.Read(parsed, options.Task, noise is not null) with { Seed = options.Seed },
            Lora = lora.Read(parsed, options.BaseModelFolder),
            Training = training.Read(parsed),
            Intake = intake.Read(parsed),
            Privacy = noise,
        };
        return new CoordinatorSettings(
            options,
            broker.Read(parsed),
            parsed.GetValue(log) ?? Path.Combine(options.Store.StateFolder, "coordinator.log"),
            parsed.GetValue(stopWithInput));
    }
}
