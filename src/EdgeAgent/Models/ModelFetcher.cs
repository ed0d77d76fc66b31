using System.Collections.Concurrent;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Archives;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Connection;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Models;
using EdgeFlora.Storage;
using EdgeFlora.Transport.Blobs;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Models;

/// <summary>Sees to it that the model of a task is here: in a folder of the owner's, in the cache, or fetched into it.</summary>
/// <param name="cache">Null: the agent fetches none.</param>
/// <param name="fetched">Called when the cache holds another model.</param>
internal sealed class ModelFetcher(
    AgentOptions options, LocalModels models, ModelCache? cache, ModelTransfer transfer, AgentConnection connection, Action fetched,
    TimeProvider clock, ILogger log)
{
    /// <summary>So often it is looked whether another process of this machine is done.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>So long another process may hold a model, and nothing of it come.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>Archives that were found to be no good, with why: they are not fetched a second time.</summary>
    private readonly ConcurrentDictionary<string, string> refused = new(StringComparer.Ordinal);

    /// <summary>Checks that the model of a task is here or may be fetched; moves nothing.</summary>
    /// <exception cref="DeclinedException">It is not, and may not; the message names the setting.</exception>
    public void Require(TaskOffer offer)
    {
        if (models.Contains(offer.Base.Sha256))
        {
            return;
        }

        string held = string.Join(", ", models.References.Select(model => $"{model.ModelId} ({model.Sha256})"));
        string lacking = $"The task is for {offer.Base.ModelId} ({offer.Base.Sha256}); this agent holds {held}";
        if (cache is null)
        {
            throw Declined($"{lacking}, and {options.WhyNoFetching}.");
        }

        if (offer.BaseArchive is not { } archive)
        {
            throw Declined($"{lacking}, and the service does not hand the model out.");
        }

        if (!BlobClaims.IsSha256(offer.Base.Sha256) || BlobClaims.Wrong(archive, WireLimits.MaxModelBytes) is not null)
        {
            throw new DeclinedException(
                DeclineReason.Contract,
                $"The task's model cannot be fetched: {BlobClaims.Wrong(archive, WireLimits.MaxModelBytes) ?? "its hash is no SHA-256"}");
        }

        if (refused.TryGetValue(archive.Sha256, out string? reason))
        {
            throw Declined(reason);
        }
    }

    /// <summary>The model of a task that <see cref="Require"/> passes; fetched if it is not here.</summary>
    /// <param name="progress">Told how far the fetching is.</param>
    /// <exception cref="DeclinedException">There is no room for it, or what came is no good.</exception>
    /// <exception cref="InvalidDataException">It lies in a folder of the owner's, which is damaged.</exception>
    public async Task<BaseModel> LoadAsync(TaskOffer offer, Action<ModelFetching> progress, CancellationToken cancel)
    {
        string sha256 = offer.Base.Sha256;
        if (cache is null || models.IsOwn(sha256))
        {
            return models.Load(sha256);
        }

        while (true)
        {
            (ModelLease lease, bool isFresh) = await EnsureAsync(offer, progress, cancel);
            try
            {
                return models.Load(lease);
            }
            catch (Exception damaged) when (damaged is InvalidDataException or AdapterFormatException)
            {
                cache.Remove(sha256);
                if (isFresh && offer.BaseArchive is { } archive)
                {
                    throw Declined(refused[archive.Sha256] = Unusable(offer.Base, damaged));
                }

                log.ModelDamaged(sha256, damaged.Message);
                Require(offer);
            }
        }
    }

    /// <summary>Brings a model into the cache, and keeps it from being removed.</summary>
    /// <returns>The hold on it, and whether it was fetched just now.</returns>
    private async Task<(ModelLease Lease, bool IsFresh)> EnsureAsync(TaskOffer offer, Action<ModelFetching> progress, CancellationToken cancel)
    {
        string sha256 = offer.Base.Sha256;
        long since = clock.GetTimestamp();
        string mark = "";
        bool isFresh = false;
        while (true)
        {
            if (cache!.TryOpen(sha256) is { } lease)
            {
                return (lease, isFresh);
            }

            if (await TryFetchAsync(offer, progress, cancel) is { } fetchedNow)
            {
                isFresh |= fetchedNow;
                continue;
            }

            string holder = Holder(sha256);
            progress(new ModelFetching(0, offer.BaseArchive?.Size ?? 0, $"waits for {holder} on this machine, which fetches it"));
            if (cache.FetchingMark(sha256) is var now && now != mark)
            {
                (mark, since) = (now, clock.GetTimestamp());
            }
            else if (clock.GetElapsedTime(since) >= Patience)
            {
                throw new DeclinedException(
                    DeclineReason.Busy,
                    $"{holder} on this machine holds {offer.Base.ModelId} in the cache, "
                        + $"and nothing of it has come for {Patience.TotalMinutes:0} min.")
                {
                    Retry = Patience,
                };
            }

            await Task.Delay(Look, clock, cancel);
        }
    }

    /// <summary>Fetches the model, unless it is here by now.</summary>
    /// <returns>Whether it was fetched; null: somebody else has a hold on it.</returns>
    private async Task<bool?> TryFetchAsync(TaskOffer offer, Action<ModelFetching> progress, CancellationToken cancel)
    {
        using ModelLock? claimed = cache!.TryClaim(offer.Base.Sha256);
        if (claimed is null)
        {
            return null;
        }

        if (cache.Contains(offer.Base.Sha256))
        {
            return false;
        }

        // It may have been here when the task was checked, and have given way to another since.
        Require(offer);
        await FetchAsync(offer, offer.BaseArchive!, progress, cancel);
        return true;
    }

    private async Task FetchAsync(TaskOffer offer, BlobClaim archive, Action<ModelFetching> progress, CancellationToken cancel)
    {
        string folder = cache!.FetchingFolder(offer.Base.Sha256);
        PrivateFolder.Create(folder);
        AtomicFile.Write(HolderFile(folder), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(
            FormattableString.Invariant($"agent '{options.Name}' (process {Environment.ProcessId})"))));
        models.Release();
        long have = transfer.Have(archive, folder);
        if (cache.MakeRoom(offer.Base.Sha256, archive.Size, have) is { } problem)
        {
            bool isForEver = archive.Size > options.ModelCache.LimitBytes;
            throw new DeclinedException(
                isForEver ? DeclineReason.NoBase : DeclineReason.Busy, $"There is no room for the model {offer.Base.ModelId}: {problem}.");
        }

        log.ModelFetching(offer.Base.ModelId, archive.Size, have);
        try
        {
            string body = await transfer.FetchAsync(
                archive,
                folder,
                connection.Coordinator(offer),
                async attempt => await connection.Pipelines.Transfer.ExecuteAsync(async token => await attempt(token), cancel),
                bytes => progress(new ModelFetching(bytes, archive.Size)));
            progress(new ModelFetching(archive.Size, archive.Size));
            await UnpackAsync(offer.Base, body, folder, cancel);
        }
        catch (Exception wrong) when (wrong is AdapterFormatException or InvalidDataException or BlobRefusedException)
        {
            if (wrong is BlobRefusedException { IsCorrupt: false })
            {
                throw Declined($"The service does not hand out the model {offer.Base.ModelId}: {wrong.Message}");
            }

            Directory.Delete(folder, recursive: true);
            throw Declined(refused[archive.Sha256] = Unusable(offer.Base, wrong));
        }

        catch (UnauthorizedAccessException closed)
        {
            throw Declined($"The model {offer.Base.ModelId} cannot be fetched to '{options.ModelCacheFolder}': {closed.Message}");
        }

        log.ModelFetched(offer.Base.ModelId, offer.Base.Sha256);
        fetched();
    }

    /// <summary>Unpacks an archive whose hash was checked, checks its weights, and hands the model over to the cache.</summary>
    private async Task UnpackAsync(BaseModelRef wanted, string body, string folder, CancellationToken cancel)
    {
        string unpacked = Path.Combine(folder, "unpacked");
        if (Directory.Exists(unpacked))
        {
            Directory.Delete(unpacked, recursive: true);
        }

        PrivateFolder.Create(unpacked);
        await using (FileStream archive = File.OpenRead(body))
        {
            await ModelArchiveReader.UnpackAsync(archive, unpacked, cancel);
        }

        BaseModelFolder.Open(unpacked).Dispose();
        string sha256 = await SafetensorsSet.HashAsync(unpacked, cancel);
        if (sha256 != wanted.Sha256)
        {
            throw new InvalidDataException($"its weights are {sha256}, the task's are {wanted.Sha256}");
        }

        cache!.Adopt(new CachedModel { ModelId = wanted.ModelId, Sha256 = sha256, Bytes = ModelCache.SizeOf(unpacked) }, unpacked);
    }

    private string Holder(string sha256)
    {
        try
        {
            return File.ReadAllText(HolderFile(cache!.FetchingFolder(sha256)));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return "another agent";
        }
    }

    private static string Unusable(BaseModelRef wanted, Exception wrong) =>
        $"The model {wanted.ModelId} was fetched and cannot be used: {wrong.Message.TrimEnd('.')}.";

    private static string HolderFile(string folder) => Path.Combine(folder, "holder.txt");

    private static DeclinedException Declined(string sentence) => new(DeclineReason.NoBase, sentence);
}
