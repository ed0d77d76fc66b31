using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Coordinator;

/// <summary>Options of what a run is and where it is kept: name, seed, base model, classes, folders.</summary>
internal sealed class RunArguments
{
    private readonly Option<string> labels = new("--labels") { Description = "Names of the classes, separated by commas, or a file with one a line", HelpName = "NAMES", Required = true };
    private readonly Option<string> model = ModelOption.Create();
    private readonly Option<string> name = new("--name") { Description = "Name of the run", HelpName = "NAME", DefaultValueFactory = _ => "run" };
    private readonly Option<string> state = new("--state") { Description = "Folder of the run's state; a run in it is continued", HelpName = "DIR", DefaultValueFactory = _ => "coordinator-state" };
    private readonly Option<string> output = new("--out") { Description = "Folder that receives the adapter (PEFT folder adapter/) and ledger.json", HelpName = "DIR", DefaultValueFactory = _ => "run-output" };
    private readonly Option<ulong> seed = Ranged.Number<ulong>("--seed", "Seed of everything random", "", 0, ulong.MaxValue, 7);

    public IEnumerable<Option> All => [labels, model, name, state, output, seed];

    /// <returns>A run whose rounds, adapter, training and aggregation are the usual ones.</returns>
    /// <exception cref="InputException">A value cannot be used.</exception>
    public CoordinatorOptions Read(ParseResult parsed) => new()
    {
        Name = parsed.GetRequiredValue(name),
        Seed = parsed.GetValue(seed),
        BaseModelFolder = ModelOption.Check(parsed.GetRequiredValue(model)),
        Labels = LabelList.Parse(parsed.GetRequiredValue(labels)),
        OutputFolder = parsed.GetRequiredValue(output),
        Store = new StoreOptions { StateFolder = parsed.GetRequiredValue(state) },
    };
}
