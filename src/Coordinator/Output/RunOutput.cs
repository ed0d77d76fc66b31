using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Adapters.Files;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Coordinator.Rounds;
using EdgeFlora.Coordinator.Run;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Output;

/// <summary>The run for people and other programs: the outcome, the ledger file, the finished adapter.</summary>
internal sealed class RunOutput(RunFacts facts, RunState state, RunReader reader)
{
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private string? Folder => facts.Options.OutputFolder;

    private string? AdapterFolder => Folder is null || state.Broadcast is null || state.NewestModel == 0 ? null : Path.Combine(Folder, "adapter");

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
            PeftFolder.Write(adapter, state.Broadcast!.Adapter, facts.Base.ModelId, "SEQ_CLS", labels: facts.Options.Labels);
        }

        RunOutcome outcome = Outcome(end.Failure is null ? RunStatus.Completed : RunStatus.Failed, end.Failure);
        var ledger = new
        {
            run = facts.RunId,
            name = facts.Options.Name,
            seed = facts.Options.Seed,
            baseModel = facts.Base,
            labels = facts.Options.Labels,
            status = outcome.Status.ToString(),
            failure = outcome.Failure,
            modelSha256 = outcome.ModelSha256,
            rounds = outcome.Rounds,
            evaluations = outcome.Evaluations,
        };
        AtomicFile.Write(LedgerFile!, stream => JsonSerializer.Serialize(stream, ledger, Readable));
    }

    public RunOutcome Outcome(RunStatus status, string? failure) => new()
    {
        Status = status,
        Failure = failure,
        RunId = facts.RunId,
        ModelSha256 = state.Models.TryGetValue(state.NewestModel, out StoredModel? newest) ? newest.Claim.Sha256 : null,
        Rounds = [.. reader.Rounds().Where(round => round.State is RoundState.Committed or RoundState.Skipped).Select(round => Record(round.Round))],
        Evaluations = [.. reader.Evaluations().Select(e => new EvaluationRecord(e.Round, e.Agent, e.Examples, e.Metrics))],
        AdapterFolder = status == RunStatus.Completed ? AdapterFolder : null,
        LedgerFile = status == RunStatus.Interrupted ? null : LedgerFile,
    };

    private RoundRecord Record(int round)
    {
        StoredModel? model = state.Models.GetValueOrDefault(round);
        return new RoundRecord(
            round,
            model?.Figures,
            model?.ModulesJson is { } modules ? JsonNode.Parse(modules) : null,
            [.. reader.Results(round).Select(result => new AgentRecord(result.Agent, result.Examples, result.Norm, result.Size, result.Metrics))]);
    }
}
