using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Coordinator.Specs;

/// <summary>What a run shall do: a spec that has been read and found right. Units and ranges are those of the options it holds.</summary>
public sealed record RunSpec
{
    /// <summary>For people; may repeat. 1 … 100 characters.</summary>
    public required string Name { get; init; }

    /// <summary>For people, up to 1,000 characters.</summary>
    public string? Note { get; init; }

    /// <summary>Higher goes first. -100 … 100; default 0.</summary>
    public int Priority { get; init; }

    /// <summary>Seed of everything random. Default 7.</summary>
    public ulong Seed { get; init; } = 7;

    public LearningTask Task { get; init; }

    /// <summary>Name of a base model that the service knows, or a folder on its machine; null: the one that comes with EdgeFlora.</summary>
    public string? Model { get; init; }

    /// <summary>Name of the agents' data set that is trained on; null: the one they have for the task.</summary>
    public string? DataSet { get; init; }

    /// <summary>Names of the classes; empty for a language model.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Which agents of the fleet may take part.</summary>
    public LabelSelector Selector { get; init; } = LabelSelector.Any;

    /// <summary>How long the run waits for its agents before it gives up; null: for ever.</summary>
    public TimeSpan? WaitFor { get; init; }

    /// <summary>Model that the first round begins from; null: a fresh adapter.</summary>
    public StartingPoint? StartFrom { get; init; }

    public RunRetention Retention { get; init; } = new();

    public RoundOptions Rounds { get; init; } = new();

    public LoraOptions Lora { get; init; } = new();

    public TrainingOptions Training { get; init; } = new();

    public AggregationOptions Aggregation { get; init; } = new();

    public IntakeOptions Intake { get; init; } = new();

    /// <summary>Null: the run is not private.</summary>
    public PrivacyRunOptions? Privacy { get; init; }

    /// <summary>The options of the run, once its base model and its place are known.</summary>
    /// <param name="modelFolder">Folder of the base model, in Hugging Face layout.</param>
    /// <param name="outputFolder">Where adapter and ledger are written at the end; null: nowhere.</param>
    public CoordinatorOptions ToOptions(string modelFolder, StoreOptions store, string? outputFolder = null) => new()
    {
        Name = Name,
        Seed = Seed,
        BaseModelFolder = modelFolder,
        BaseModelId = Model is null || Path.IsPathRooted(Model) ? null : Model,
        Task = Task,
        Labels = Labels,
        OutputFolder = outputFolder,
        Rounds = Rounds,
        Lora = Lora,
        Training = Training,
        Aggregation = Aggregation with { Seed = Seed },
        Intake = Intake,
        Privacy = Privacy,
        Store = store,
    };

    /// <summary>What does not go together, in the words of the options.</summary>
    internal IEnumerable<string> Contradictions() =>
        ToOptions("", new StoreOptions { StateFolder = "" }).SpecProblems().Concat(Retention.Results > 0 && Privacy is not null
            ? [OptionRange.Text($"Retention:Results is {Retention.Results} in a private run, which keeps no agent's result: it must be 0.")]
            : []);
}
