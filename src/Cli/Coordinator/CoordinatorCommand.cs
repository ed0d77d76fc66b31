using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Coordinator;

/// <summary><c>edgeflora coordinator</c>: leads one run over a broker.</summary>
internal sealed class CoordinatorCommand : Command
{
    private readonly RunArguments run = new();
    private readonly RoundArguments rounds = new();
    private readonly AggregationArguments aggregation = new();
    private readonly LoraArguments lora = new();
    private readonly TrainingArguments training = new();
    private readonly IntakeArguments intake = new();
    private readonly PrivacyArguments privacy = new();
    private readonly BrokerArguments broker = new();
    private readonly Option<string> log = new("--log") { Description = "Log files, the day in the name before its ending, the newest 8 of 5 MiB kept; without it coordinator.log in the state folder", HelpName = "FILE" };
    private readonly Option<bool> stopWithInput = StopWithInput.Option();

    public CoordinatorCommand()
        : base("coordinator", "Lead a run: offer tasks to agents over a broker, merge their adapters, keep going when agents or this process fail.")
    {
        IEnumerable<Option> all = [.. run.All, .. rounds.All, .. aggregation.All, .. lora.All, .. training.All, .. intake.All, .. privacy.All, .. broker.All, log, stopWithInput];
        foreach (Option option in all)
        {
            Options.Add(option);
        }

        SetAction((parsed, stop) => new CoordinatorProgram(Settings(parsed)).RunAsync(stop));
    }

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
