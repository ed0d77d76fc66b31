using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Commands.Coordinator;

/// <summary>Options of what a run is and where it is kept: name, seed, task, base model, classes, folders.</summary>
internal sealed class RunArguments
{
    private readonly Option<string> task = LearningTaskOption.Create(
        "What is learnt: labels of texts or pairs of texts, or (lm) writing texts or completions of prompts, with a decoder");
    private readonly Option<string> labels = new("--labels")
    {
        Description = "Names of the classes, separated by commas, or a file with one a line; needed for classification",
        HelpName = "NAMES",
    };
    private readonly Option<string> model = ModelOption.Create();
    private readonly Option<string> name = new("--name") { Description = "Name of the run", HelpName = "NAME", DefaultValueFactory = _ => "run" };
    private readonly Option<string> state = new("--state")
    {
        Description = "Folder of the state; runs in it that are not over go on",
        HelpName = "DIR",
        DefaultValueFactory = _ => "coordinator-state",
    };
    private readonly Option<string> output = new("--out")
    {
        Description = "Folder that receives the adapter (PEFT folder adapter/) and ledger.json",
        HelpName = "DIR",
        DefaultValueFactory = _ => "run-output",
    };
    private readonly Option<ulong> seed = Ranged.Number<ulong>("--seed", "Seed of everything random", "", 0, ulong.MaxValue, 7);

    /// <summary>Options that only a run has.</summary>
    public IEnumerable<Option> OfRun => [task, labels, model, name, output, seed];

    /// <summary>Folder of the state, which a service has too.</summary>
    public Option<string> State => state;

    /// <returns>A run whose rounds, adapter, training and aggregation are the usual ones.</returns>
    /// <exception cref="InputException">A value cannot be used.</exception>
    public CoordinatorOptions Read(ParseResult parsed)
    {
        LearningTask learning = LearningTaskOption.Of(parsed.GetRequiredValue(task));
        return new CoordinatorOptions
        {
            Name = parsed.GetRequiredValue(name),
            Seed = parsed.GetValue(seed),
            BaseModelFolder = ModelOption.Check(parsed.GetRequiredValue(model)),
            Task = learning,
            Labels = Labels(learning, parsed.GetValue(labels)),
            OutputFolder = parsed.GetRequiredValue(output),
            Store = new StoreOptions { StateFolder = parsed.GetRequiredValue(state) },
        };
    }

    private static IReadOnlyList<string> Labels(LearningTask learning, string? names) => (learning, names) switch
    {
        (LearningTask.LanguageModel, null) => [],
        (LearningTask.LanguageModel, _) => throw new InputException(
            $"--labels is '{names}', but --task is lm, which has no classes; leave out one of them"),
        (_, null) => throw new InputException(
            "--labels is missing; classification needs the names of its classes, separated by commas, "
                + "or a file with one a line (or is it --task lm?)"),
        _ => LabelList.Parse(names),
    };
}
