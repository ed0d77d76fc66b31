using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.EdgeAgent.Models;

/// <summary>
/// The base models of this machine, by the hash of their weights. One at most is loaded: when a task asks for it, until another is asked for or it
/// is let go of. Thread-safe.
/// </summary>
internal sealed class LocalModels
{
    private readonly Lock gate = new();
    private readonly IReadOnlyList<LocalModel> known;
    private readonly WeightStorage storage;
    private readonly BaseModel? kept;
    private BaseModel? loaded;
    private ModelLease? lease;
    private ModelCache? cache;

    private LocalModels(IReadOnlyList<LocalModel> known, WeightStorage storage, BaseModel? kept)
    {
        this.known = known;
        this.storage = storage;
        this.kept = kept;
    }

    /// <summary>The models as a hello names them, in the order of the settings.</summary>
    public IReadOnlyList<BaseModelRef> References =>
    [
        .. known.Select(model => new BaseModelRef { ModelId = model.Name, Sha256 = model.Sha256 }),
        .. (cache?.Models ?? []).Where(model => !IsOwn(model.Sha256))
            .Select(model => new BaseModelRef { ModelId = model.ModelId, Sha256 = model.Sha256 }),
    ];

    /// <summary>SHA-256 of the first model's weights: what the device is measured with.</summary>
    public string FirstSha256 => known[0].Sha256;

    /// <summary>Finds out the hashes of folders' weights, and loads nothing.</summary>
    /// <param name="models">At least one.</param>
    /// <param name="cache">File that keeps hashes, so that large files are read once only.</param>
    /// <exception cref="InvalidDataException">A folder holds no weights; the message names it.</exception>
    public static async Task<LocalModels> OpenAsync(IReadOnlyList<ModelOptions> models, WeightStorage storage, string cache, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentOutOfRangeException.ThrowIfZero(models.Count, nameof(models));
        var hashes = ModelHashes.Read(cache);
        List<LocalModel> known = [];
        foreach (ModelOptions model in models)
        {
            known.Add(new LocalModel(model.Name, model.Folder, await hashes.OfAsync(model.Folder, stop).ConfigureAwait(false)));
        }

        hashes.Write(cache);
        return new LocalModels(known, storage, null);
    }

    /// <summary>One model that the caller has loaded and keeps.</summary>
    public static LocalModels Holding(BaseModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new LocalModels([new LocalModel(ModelOptions.Of(model.Folder).Name, model.Folder, model.Sha256)], model.Storage, model);
    }

    /// <summary>Whether there is a model with these weights, in a folder of the owner's or in the cache.</summary>
    public bool Contains(string sha256) => IsOwn(sha256) || cache?.Contains(sha256) == true;

    /// <summary>Whether a folder of the owner's holds these weights.</summary>
    internal bool IsOwn(string sha256) => known.Any(model => model.Sha256 == sha256);

    /// <summary>Counts models that were fetched among those that are here.</summary>
    internal void Use(ModelCache fetched) => cache = fetched;

    /// <summary>The model with these weights in a folder of the owner's; loaded if it is not yet.</summary>
    /// <exception cref="KeyNotFoundException">There is none such.</exception>
    /// <exception cref="InvalidDataException">Its folder is damaged, or its weights have changed since the start.</exception>
    public BaseModel Load(string sha256)
    {
        lock (gate)
        {
            if (kept?.Sha256 == sha256)
            {
                return kept;
            }

            if (loaded?.Sha256 != sha256)
            {
                LocalModel model = known.FirstOrDefault(model => model.Sha256 == sha256)
                    ?? throw new KeyNotFoundException($"There is no model {sha256} here.");

                // Let go of first: two models at once may be more than a device holds.
                LetGo();
                BaseModel read = BaseModel.Load(model.Folder, storage);
                loaded = read.Sha256 == sha256
                    ? read
                    : throw new InvalidDataException($"{model.Folder}: the weights have changed since the agent started; start it again.");
            }

            return loaded;
        }
    }

    /// <summary>A model of the cache; loaded if it is not yet.</summary>
    /// <param name="held">The hold on it, which is kept as long as it is loaded.</param>
    /// <exception cref="InvalidDataException">Its folder is damaged, or holds other weights; the hold is given up.</exception>
    internal BaseModel Load(ModelLease held)
    {
        lock (gate)
        {
            if (loaded?.Sha256 == held.Sha256)
            {
                held.Dispose();
                return loaded;
            }

            LetGo();
            try
            {
                BaseModel read = BaseModel.Load(held.Folder, storage);
                loaded = read.Sha256 == held.Sha256
                    ? read
                    : throw new InvalidDataException($"{held.Folder}: its weights are {read.Sha256}.");
                lease = held;
                return loaded;
            }
            catch
            {
                held.Dispose();
                throw;
            }
        }
    }

    /// <summary>Lets go of what was loaded; its memory goes when no training uses it any more.</summary>
    public void Release()
    {
        lock (gate)
        {
            LetGo();
        }
    }

    private void LetGo()
    {
        loaded = null;
        lease?.Dispose();
        lease = null;
    }

    private sealed record LocalModel(string Name, string Folder, string Sha256);
}
