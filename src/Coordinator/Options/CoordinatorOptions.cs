using System.Text.Json.Serialization;
using EdgeFlora.Adapters;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Privacy;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Coordinator.Options;

/// <summary>Everything a run is: what is trained, by how many, for how long, how it is merged, and where its state lives.</summary>
/// <remarks>The state folder remembers these settings; a run is continued only under the same ones.</remarks>
public sealed record CoordinatorOptions
{
    /// <summary>Name of the run, for people; with <see cref="Seed"/> it makes the run's id. Default <c>run</c>.</summary>
    public string Name { get; init; } = "run";

    /// <summary>Seed of everything random: first adapter, choice of agents, batch order. Default 7.</summary>
    public ulong Seed { get; init; } = 7;

    /// <summary>
    /// Folder of the base model in Hugging Face layout; only <c>config.json</c> and the header of <c>model.safetensors</c> are read.
    /// </summary>
    public required string BaseModelFolder { get; init; }

    /// <summary>Name of the base model, for people; default: the folder's name.</summary>
    public string? BaseModelId { get; init; }

    /// <summary>What is learnt. Default <see cref="LearningTask.Classification"/>.</summary>
    public LearningTask Task { get; init; }

    /// <summary>Names of the classes, in the order of the head's rows; at least 2, all different. None for a language model.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>
    /// Where the finished adapter (PEFT folder <c>adapter</c>) and the ledger (<c>ledger.json</c>) are written at the end; absent: nowhere.
    /// </summary>
    public string? OutputFolder { get; init; }

    public RoundOptions Rounds { get; init; } = new();

    public LoraOptions Lora { get; init; } = new();

    public TrainingOptions Training { get; init; } = new();

    /// <summary>Agents that train with other settings for now, while these are tried; absent: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FirstAgents? First { get; init; }

    /// <summary>Settings that were tried so and are no more, oldest first; absent: none were.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<TriedTraining>? Tried { get; init; }

    /// <summary>
    /// How updates become the global adapter. Default: FLoRA-NA in the principal gauge, with the step of <see cref="RunDefaults.ServerRateOf"/>.
    /// </summary>
    public AggregationOptions Aggregation
    {
        get
        {
            AggregationOptions asked = field ?? RunDefaults.AggregationOf(Task, Privacy is not null);
            return Lora.Ranks is not null && !asked.MixedRanks ? asked with { MixedRanks = true } : asked;
        }

        init;
    }

    public IntakeOptions Intake { get; init; } = new();

    /// <summary>Differential privacy of the run; absent: none.</summary>
    public PrivacyRunOptions? Privacy { get; init; }

    public required StoreOptions Store { get; init; }

    /// <summary>How an agent trains in a round.</summary>
    internal TrainingOptions TrainingOf(string agent, int round) =>
        (TriedIn(round) is { } tried ? tried.First : First) is { } first && first.Have(agent, round) ? first.Training : TrainingIn(round);

    /// <summary>How agents train in a round for whom nothing else is tried.</summary>
    internal TrainingOptions TrainingIn(int round) => TriedIn(round)?.Others ?? Training;

    /// <summary>Whether agents measure the published adapter at the end.</summary>
    internal bool MeasuresAtEnd => Rounds.FinalMeasure ?? Privacy is null;

    /// <summary>Everything that is wrong, one line each, naming setting, value and what would be right.</summary>
    public IEnumerable<string> Problems()
    {
        if (string.IsNullOrWhiteSpace(Name) || Name.Length > 100)
        {
            yield return $"Name is '{Name}'; a run needs a name of 1 to 100 characters.";
        }

        if (!Directory.Exists(BaseModelFolder))
        {
            yield return $"BaseModelFolder is '{BaseModelFolder}', which is no folder; name one with config.json and model.safetensors.";
        }

        foreach (string problem in SpecProblems().Concat(Store.Problems()))
        {
            yield return problem;
        }
    }

    /// <summary>What is wrong whatever machine the run is led on.</summary>
    internal IEnumerable<string> SpecProblems() =>
        LearningTaskRules.Problems(this).Concat(Rounds.Problems()).Concat(Lora.Problems()).Concat(Training.Problems())
        .Concat(WarmupProblems()).Concat(PersonalParts.Problems(this)).Concat(ControlVariateRules.Problems(this))
        .Concat(AloneRules.Problems(this))
        .Concat(AggregationProblems()).Concat(Intake.Problems())
        .Concat(Privacy?.Problems(Rounds) ?? []).Concat(Rounds.Best?.Problems(this) ?? []).Concat(FinalMeasureProblems());

    /// <exception cref="CoordinatorOptionsException">A setting is wrong; the message has every problem on a line of its own.</exception>
    public void Validate()
    {
        string[] problems = [.. Problems()];
        if (problems.Length > 0)
        {
            throw new CoordinatorOptionsException(string.Join(Environment.NewLine, problems));
        }
    }

    /// <summary>The first trial of those that were not over before a round; null: the settings of today hold in it.</summary>
    private TriedTraining? TriedIn(int round) => Tried?.FirstOrDefault(tried => round <= tried.UntilRound);

    private IEnumerable<string> FinalMeasureProblems() => Rounds.FinalMeasure == true && Privacy is not null
        ? ["Rounds:FinalMeasure is true in a private run; what agents measure on held-out data no noise protects: it must be false."]
        : [];

    private IEnumerable<string> WarmupProblems() => Training.WarmupRounds > 0 && Training.WarmupRounds >= Rounds.Count
        ? [OptionRange.Text(
            $"Training:WarmupRounds is {Training.WarmupRounds}, not below Rounds:Count ({Rounds.Count}); no round would have the whole rate.")]
        : [];

    private IEnumerable<string> AggregationProblems()
    {
        string[] wrong = [.. Aggregation.Problems()];
        if (wrong.Length > 0)
        {
            return wrong;
        }

        if (Privacy is not null && PrivateAggregation.Refusal(Aggregation) is { } refusal)
        {
            return [refusal];
        }

        // HiRA multiplies the base weight itself: with something folded into it, every product of earlier rounds would mean another change.
        IEnumerable<string> folding = Lora.Variant == AdapterVariant.Hira
            ? Aggregation.StrategyNames().Where(strategy => StrategyRegistry.NeedsOf(strategy, 1).FoldsIntoBase)
            : [];
        return folding.Select(
            strategy => $"Aggregation:Strategy is \"{strategy}\" and Lora:Variant is Hira; a strategy that folds into the base weights goes with "
                + $"Lora, RsLora or Dora.")
            .Concat(Rounds.LateResults == LateResults.NextRound ? LateProblems() : []);
    }

    /// <summary>
    /// A late result is a change of an earlier adapter, which means the same in a later round only if rounds differ in nothing but their adapter.
    /// </summary>
    private IEnumerable<string> LateProblems()
    {
        if (Privacy is not null)
        {
            yield return "Rounds:LateResults is NextRound and Privacy is set; a private round counts the agents drawn for it and nobody else: "
                + "Rounds:LateResults must be Drop.";
            yield break;
        }

        foreach (string strategy in Aggregation.StrategyNames().Where(StrategyRegistry.AsksOfTraining))
        {
            yield return $"Rounds:LateResults is NextRound and Aggregation:Strategy \"{strategy}\"; results of an earlier round go with strategies "
                + $"that ask nothing of training, such as FloraNA, FedIT or OptimalRank.";
        }

        if (Aggregation.PerClassHeads)
        {
            yield return "Rounds:LateResults is NextRound and Aggregation:PerClassHeads is true; rows of heads are averaged among results of one "
                + "round.";
        }
    }
}
