using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>A run's ledger, made of what is stored.</summary>
internal static class RunLedger
{
    /// <summary>The run's base model, as far as it is known.</summary>
    public static BaseModelRef BaseOf(RunEntry entry) =>
        entry.Base ?? new BaseModelRef { ModelId = entry.Options.BaseModelId ?? entry.ModelFolder, Sha256 = "" };

    public static JsonObject Of(RunEntry entry, RunReader reader)
    {
        var terms = new RunTerms { RunId = entry.Id, HeartbeatMs = 0 };
        var facts = new RunFacts
        {
            Options = entry.Options with { OutputFolder = null },
            Terms = terms,
            Term = 0,
            Base = BaseOf(entry),
            Lora = entry.Options.Lora.Settings([]),
            ContractNeeded = ContractNeeds.Of(entry.Options),
            Rules = RunFacts.RulesOf(entry.Options, terms),
            Stamp = new MessageStamp(Guid.Empty, TimeProvider.System),
        };
        var state = new LiveRun { NoisySums = reader.NoisySums(), Published = reader.Published() };
        foreach (StoredModel model in reader.Models())
        {
            state.Models[model.Round] = model;
        }

        RunEnd? end = entry.State switch
        {
            RunState.Failed => new RunEnd(entry.Reason ?? "It failed."),
            RunState.Cancelled => new RunEnd(Failure: null, entry.Reason) { Cancelled = true },
            RunState.Completed or RunState.Incomplete => new RunEnd(Failure: null, entry.Reason),
            _ => null,
        };
        var output = new RunOutput(facts, state, reader, blobs: null!);
        JsonObject ledger = JsonSerializer.SerializeToNode(output.Ledger(end), RunOutput.Readable)!.AsObject();
        ledger["status"] = entry.State.ToString();
        return ledger;
    }
}
