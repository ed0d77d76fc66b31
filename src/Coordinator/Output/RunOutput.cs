using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Provenance;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Storage;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Output;

/// <summary>The run for people and other programs: the outcome, the ledger file, the finished adapter.</summary>
internal sealed class RunOutput(RunFacts facts, LiveRun state, RunReader reader, BlobStore blobs)
{
    /// <summary>A file for people, never part of a page: ε and names stay as they are written.</summary>
    public static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private const int MostNamed = 20;

    private string? Folder => facts.Options.OutputFolder;

    private bool HasModel => Folder is not null && state.Broadcast is not null && state.NewestModel > 0;

    private bool IsPersonal => PersonalParts.AreIn(facts.Options);

    private string? AdapterFolder => HasModel && !IsPersonal ? Path.Combine(Folder!, "adapter") : null;

    private string? SharedFolder => HasModel && IsPersonal ? Path.Combine(Folder!, SharedFactors.FolderName) : null;

    private string PeftTask => facts.Options.Task == LearningTask.LanguageModel ? "CAUSAL_LM" : "SEQ_CLS";

    private IReadOnlyList<string>? Labels => facts.Options.Task == LearningTask.LanguageModel ? null : facts.Options.Labels;

    /// <summary>The run's model: the newest, until another one was chosen.</summary>
    private StoredModel? Published => state.Models.GetValueOrDefault(state.Published?.Round ?? state.NewestModel);

    private string? BaseDeltaFile => !HasModel || Published?.BaseDelta is null ? null : Path.Combine(Folder!, PeftFolder.BaseDeltaName);

    private string? LedgerFile => Folder is null ? null : Path.Combine(Folder, "ledger.json");

    /// <summary>Writes adapter and ledger, each as a whole or not at all. Writing them again gives the same files.</summary>
    public void Write(RunEnd end)
    {
        if (Folder is null)
        {
            return;
        }

        Directory.CreateDirectory(Folder);
        if (HasModel)
        {
            WriteBaseDelta();
        }

        if (SharedFolder is { } shared)
        {
            Origin().Seal(
                shared,
                SharedFactors.FileNames,
                into => SharedFactors.Write(into, PublishedAdapter(), facts.Options, facts.RunId, facts.Base.ModelId, Published?.BaseDelta?.Sha256));
        }

        if (AdapterFolder is { } adapter)
        {
            Origin().Seal(
                adapter,
                PeftFolder.FileNames,
                into => PeftFolder.Write(
                    into, PublishedAdapter(), facts.Base.ModelId, PeftTask, labels: Labels, baseDeltaSha256: Published?.BaseDelta?.Sha256));
        }

        AtomicFile.Write(LedgerFile!, stream => JsonSerializer.Serialize(stream, Ledger(end), Readable));
    }

    /// <remarks>The model as it is stored: what is kept in memory is without its figures.</remarks>
    private RunProvenance Origin() => RunProvenance.Of(
        facts.Options, facts.RunId, facts.Base, reader.Models().Single(model => model.Round == Published!.Round), reader, facts.Terms.Key());

    private LoraAdapter PublishedAdapter() => Published!.Round == state.NewestModel
        ? state.Broadcast!.Adapter
        : GlobalModel.Read(Published.Claim, state.Broadcast!.Shape, blobs);

    /// <summary>The ledger as it stands.</summary>
    /// <param name="end">How the run ended; null: it has not.</param>
    public object Ledger(RunEnd? end)
    {
        RunOutcome outcome = Outcome(end);
        return new
        {
            run = facts.RunId,
            name = facts.Options.Name,
            seed = facts.Options.Seed,
            baseModel = facts.Base,
            task = facts.Options.Task.ToString(),
            labels = Labels,
            status = outcome.Status.ToString(),
            failure = outcome.Failure,
            note = outcome.Note,
            shortfall = outcome.Shortfall,
            privacy = outcome.Privacy,
            publishedRound = outcome.PublishedRound,
            publishedReason = outcome.PublishedReason,
            modelSha256 = outcome.ModelSha256,
            baseDeltaSha256 = outcome.BaseDeltaSha256,
            commitSha256 = outcome.CommitSha256,
            rounds = outcome.Privacy is null ? (object)outcome.Rounds : outcome.Rounds.Select(ProtectedRound.Of),
            evaluations = outcome.Evaluations,
            personal = IsPersonal ? PersonalParts.Told(facts.Options) : null,
            finalMeasures = outcome.FinalMeasures,
        };
    }

    /// <summary>Before the adapter, which names it; one that an earlier run left beside an adapter that has none would mislead.</summary>
    private void WriteBaseDelta()
    {
        if (BaseDeltaFile is { } file)
        {
            using FileStream body = blobs.OpenRead(Published!.BaseDelta!.Sha256);
            AtomicFile.Write(file, body.CopyTo);
        }
        else
        {
            File.Delete(Path.Combine(Folder!, PeftFolder.BaseDeltaName));
        }
    }

    /// <param name="end">How the run ended; null: it has not, this coordinator has stopped.</param>
    public RunOutcome Outcome(RunEnd? end)
    {
        Dictionary<int, StoredModel> models = reader.Models().ToDictionary(model => model.Round);
        return new RunOutcome
        {
            Status = StatusOf(end),
            Failure = end?.Failure,
            Note = end?.Note,
            Shortfall = end?.Shortfall,
            Privacy = Spent(),
            RunId = facts.RunId,
            PublishedRound = Published is { Round: > 0 } model ? model.Round : null,
            PublishedReason = state.Published?.Reason,
            ModelSha256 = Published?.Claim.Sha256,
            BaseDeltaSha256 = Published?.BaseDelta?.Sha256,
            CommitSha256 = Published?.CommitSha256,
            Rounds = [.. reader.Rounds().Where(round => round.State is RoundState.Committed or RoundState.Skipped).Select(round => Record(
                round.Round, models.GetValueOrDefault(round.Round)))],
            Evaluations = [.. reader.Evaluations().Select(e => new EvaluationRecord(e.Round, e.Agent, e.Examples, e.Metrics))],
            FinalMeasures = AgentMeasures.Of(reader, facts.Options),
            AdapterFolder = HasOutput(end) ? AdapterFolder : null,
            SharedFolder = HasOutput(end) ? SharedFolder : null,
            BaseDeltaFile = HasOutput(end) ? BaseDeltaFile : null,
            LedgerFile = end is null ? null : LedgerFile,
        };
    }

    public static RunStatus StatusOf(RunEnd? end) => end switch
    {
        null => RunStatus.Interrupted,
        { Failure: not null } => RunStatus.Failed,
        { Cancelled: true } => RunStatus.Cancelled,
        { Shortfall: not null } => RunStatus.Incomplete,
        _ => RunStatus.Completed,
    };

    private static bool HasOutput(RunEnd? end) => StatusOf(end) is RunStatus.Completed or RunStatus.Incomplete or RunStatus.Cancelled;

    /// <summary>Which rounds were skipped and who gave no result in them, in a sentence; null if none was skipped.</summary>
    public string? Shortfall()
    {
        (int Round, RoundState State)[] rounds = [.. reader.Rounds()];
        int[] skipped = [.. rounds.Where(round => round.State == RoundState.Skipped).Select(round => round.Round)];
        if (skipped.Length == 0)
        {
            return null;
        }

        string[] missing =
        [
            .. reader.Tasks(nameof(TaskKind.Train)).Where(task => skipped.Contains(task.Round) && task.Task.State != TaskState.Done)
                .Select(task => task.Task.Agent)
                .Concat(facts.Options.Rounds.ExpectedAgents.Except(state.Agents.Keys, StringComparer.Ordinal)).Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
        string named = string.Join(", ", missing.Take(MostNamed))
            + (missing.Length > MostNamed ? $" and {missing.Length - MostNamed} more" : string.Empty);
        return $"{skipped.Length} of {rounds.Length} rounds were skipped: "
            + $"{string.Join(", ", skipped.Take(MostNamed))}{(skipped.Length > MostNamed ? ", …" : string.Empty)}"
            + (missing.Length == 0 ? string.Empty : $"; without a result in them: {named}");
    }

    private PrivacySpent? Spent() => facts.Options.Privacy is not { } privacy ? null : new PrivacySpent(
        privacy.EpsilonAfter(state.NoisySums),
        privacy.Delta,
        state.NoisySums,
        privacy.Budget,
        privacy.NoiseMultiplier,
        privacy.ClipNorm,
        privacy.SamplingRate,
        facts.Options.Rounds.MinAgents);

    private RoundRecord Record(int round, StoredModel? model)
    {
        Dictionary<string, double?> weights = reader.Manifest(round).ToDictionary(
            entry => entry.Agent,
            entry => entry.Weight,
            StringComparer.Ordinal);
        return new RoundRecord(
            round,
            model?.Figures,
            model?.ModulesJson is { } modules ? JsonNode.Parse(modules) : null,
            [.. reader.Results(round).Select(
                result => new AgentRecord(result.Agent, result.Examples, result.Norm, result.Size, result.Metrics) {
                    TrainedIn = result.IsLate ? result.Round : null,
                    Weight = weights.GetValueOrDefault(result.Agent),
                })]);
    }
}
