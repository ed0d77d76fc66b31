using System.Text.Json.Nodes;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Provenance;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Hands out what a run has made, with what proves it: adapters, the signing key, the ledger, rounds merged again.</summary>
internal sealed class RunArtifacts(Task<Serving> serving)
{
    private readonly RunVerifier verifier = new();

    /// <inheritdoc cref="IRunService.ExportAsync"/>
    public async Task<AdapterExport> ExportAsync(Guid run, int? round, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        RunEntry entry = parts.Require(run);
        StoredModel model = RunModels.Kept(parts, entry, round);
        RunProvenance origin = parts.Store.Read(
            run.ToString(), reader => RunProvenance.Of(entry.Options, run, RunLedger.BaseOf(entry), model, reader, parts.Key()));
        return AdapterArchive.Of(entry, model, origin, parts.Bodies.Open(run));
    }

    /// <inheritdoc cref="IRunService.VerifyAsync"/>
    public async Task<RoundVerification> VerifyAsync(Guid run, int? round, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        RunEntry entry = parts.Require(run);
        RunVerification verification = parts.Store.Read(run.ToString(), reader => RunVerification.Of(entry, round, reader));
        return await verifier.VerifyAsync(verification, parts.Bodies.Open(run), stop);
    }

    /// <inheritdoc cref="IRunService.SigningKeyAsync"/>
    public async Task<SigningKey> SigningKeyAsync(CancellationToken stop)
    {
        ProvenanceKey key = (await serving.WaitAsync(stop)).Key();
        return new SigningKey(key.KeyId, key.PublicPem);
    }

    /// <inheritdoc cref="IRunService.LedgerAsync"/>
    public async Task<JsonObject> LedgerAsync(Guid run, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        RunEntry entry = parts.Require(run);
        return parts.Store.Read(run.ToString(), reader => RunLedger.Of(entry, reader));
    }
}
