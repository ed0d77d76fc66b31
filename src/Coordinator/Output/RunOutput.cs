using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Contracts.Tasks;
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
    public static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private string? Folder => facts.Options.OutputFolder;

    private string? AdapterFolder => Folder is null || state.Broadcast is null || state.NewestModel == 0 ? null : Path.Combine(Folder, "adapter");

    private string PeftTask => facts.Options.Task == LearningTask.LanguageModel ? "CAUSAL_LM" : "SEQ_CLS";

    private IReadOnlyList<string>? Labels => facts.Options.Task == LearningTask.LanguageModel ? null : facts.Options.Labels;

    private StoredModel? Newest => state.Models.GetValueOrDefault(state.NewestModel);

    private string? BaseDeltaFile => AdapterFolder is null || Newest?.BaseDelta is null ? null : Path.Combine(Folder!, PeftFolder.BaseDeltaName);

    private string? LedgerFile => Folder is null ? null : Path.Combine(Folder, "ledger.json");

    /// <summary>Writes adapter and ledger, each as a whole or not at all. Writing them again gives the same files.</summary>
    public void Write(RunEnd end)
    {
        if (Folder is null)
        {
            return;
        }

        Directory.CreateDirectory(Folder);
        if (AdapterFolder is { } adapter)
        {
            WriteBaseDelta();
            PeftFolder.Write(adapter, state.Broadcast!.Adapter, facts.Base.ModelId, PeftTask, labels: Labels, baseDeltaSha256: Newest?.BaseDelta?.Sha256);
        }

        AtomicFile.Write(LedgerFile!, stream => JsonSerializer.Serialize(stream, Ledger(end), Readable));
    }

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
            privacy = outcome.Privacy,
            modelSha256 = outcome.ModelSha256,
            baseDeltaSha256 = outcome.BaseDeltaSha256,
            commitSha256 = outcome.CommitSha256,
            rounds = outcome.Privacy is null ? (object)outcome.Rounds : outcome.Rounds.Select(ProtectedRound.Of),
            evaluations = outcome.Evaluations,
        };
    }

    /// <summary>Before the adapter, which names it; one that an earlier run left beside an adapter that has none would mislead.</summary>
    private void WriteBaseDelta()
    {
        if (BaseDeltaFile is { } file)
        {
            using FileStream body = blobs.OpenRead(Newest!.BaseDelta!.Sha256);
            AtomicFile.Write(file, body.CopyTo);
        }
        else
        {
            File.Delete(Path.Combine(Folder!, PeftFolder.BaseDeltaName));
        }
    }

    /// <param name="end">How the run ended; null: it has not, this coordinator has stopped.</param>
    public RunOutcome Outcome(RunEnd? end) => new()
    {
        Status = StatusOf(end),
        Failure = end?.Failure,
        Note = end?.Note,
        Privacy = Spent(),
        RunId = facts.RunId,
        ModelSha256 = Newest?.Claim.Sha256,
        BaseDeltaSha256 = Newest?.BaseDelta?.Sha256,
        CommitSha256 = Newest?.CommitSha256,
        Rounds = [.. reader.Rounds().Where(round => round.State is RoundState.Committed or RoundState.Skipped).Select(round => Record(round.Round))],
        Evaluations = [.. reader.Evaluations().Select(e => new EvaluationRecord(e.Round, e.Agent, e.Examples, e.Metrics))],
        AdapterFolder = StatusOf(end) is RunStatus.Completed or RunStatus.Incomplete or RunStatus.Cancelled ? AdapterFolder : null,
        BaseDeltaFile = StatusOf(end) is RunStatus.Completed or RunStatus.Incomplete or RunStatus.Cancelled ? BaseDeltaFile : null,
        LedgerFile = end is null ? null : LedgerFile,
    };

    private RunStatus StatusOf(RunEnd? end) => end switch
    {
        null => RunStatus.Interrupted,
        { Failure: not null } => RunStatus.Failed,
        { Cancelled: true } => RunStatus.Cancelled,
        _ => reader.Rounds().Any(round => round.State == RoundState.Skipped) ? RunStatus.Incomplete : RunStatus.Completed,
    };

    private PrivacySpent? Spent() => facts.Options.Privacy is not { } privacy ? null : new PrivacySpent(
        privacy.EpsilonAfter(state.NoisySums), privacy.Delta, state.NoisySums, privacy.Budget, privacy.NoiseMultiplier, privacy.ClipNorm, privacy.SamplingRate, facts.Options.Rounds.MinAgents);

    private RoundRecord Record(int round)
    {
        Dictionary<string, double?> weights = reader.Manifest(round).ToDictionary(entry => entry.Agent, entry => entry.Weight, StringComparer.Ordinal);
        StoredModel? model = state.Models.GetValueOrDefault(round);
        return new RoundRecord(
            round,
            model?.Figures,
            model?.ModulesJson is { } modules ? JsonNode.Parse(modules) : null,
            [.. reader.Results(round).Select(result => new AgentRecord(result.Agent, result.Examples, result.Norm, result.Size, result.Metrics) { TrainedIn = result.IsLate ? result.Round : null, Weight = weights.GetValueOrDefault(result.Agent) })]);
    }
}
