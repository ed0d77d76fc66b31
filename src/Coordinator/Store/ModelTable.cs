using System.Collections.Immutable;
using System.Text.Json;
using EdgeFlora.Contracts.Blobs;

namespace EdgeFlora.Coordinator.Store;

/// <summary>Models that a run's rounds committed, and the noise of private rounds; written within an effect.</summary>
/// <param name="write">Runs a statement with its parameters in the effect's transaction.</param>
internal sealed class ModelTable(string run, Func<string, object, int> write)
{
    /// <summary>Commits a round's one model; a second one is an error of ours.</summary>
    public void Add(StoredModel model) => write(
        "INSERT INTO models(run, round, sha256, size, chunk_size, codec, figures, modules, base_delta, momentum) "
        + "VALUES(@run, @Round, @Sha256, @Size, @ChunkSize, @Codec, @Figures, @Modules, @BaseDelta, @Momentum)",
        new
        {
            run,
            model.Round,
            model.Claim.Sha256,
            model.Claim.Size,
            model.Claim.ChunkSize,
            model.Claim.Codec,
            Figures = model.Figures is null ? null : JsonSerializer.Serialize(model.Figures),
            Modules = model.ModulesJson,
            BaseDelta = Claim(model.BaseDelta),
            Momentum = Claim(model.Momentum),
        });

    /// <summary>
    /// Stores the noise of a private round, before anything is made with it. A round that has one never gets another: two noises on one sum would
    /// show the sum.
    /// </summary>
    public void AddNoise(int round, ImmutableArray<byte> key) => write(
        "INSERT INTO noise(run, round, key) VALUES(@run, @round, @Key)", new { run, round, Key = key.ToArray() });

    /// <summary>
    /// Forgets the noise of a round that is over, so that nothing is left that could take it away; that there was one still counts.
    /// </summary>
    public void ForgetNoise(int round) => write("UPDATE noise SET key = NULL WHERE run = @run AND round = @round", new { run, round });

    private static string? Claim(BlobClaim? claim) => claim is null ? null : JsonSerializer.Serialize(claim);
}
