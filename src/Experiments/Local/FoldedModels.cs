using EdgeFlora.Learning.Models;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Experiments.Local;

/// <summary>The base model with what runs have folded into it, each loaded once while it is in use. Safe for several threads.</summary>
internal sealed class FoldedModels(BaseModel model, BlobStore blobs)
{
    private readonly Dictionary<string, Lazy<BaseModel>> folded = new(StringComparer.Ordinal);

    public BaseModel Base => model;

    /// <param name="delta">SHA-256 of a body that is here; null for the model as its files have it.</param>
    public BaseModel Of(string? delta)
    {
        if (delta is null)
        {
            return model;
        }

        lock (folded)
        {
            if (!folded.TryGetValue(delta, out Lazy<BaseModel>? loaded))
            {
                loaded = new Lazy<BaseModel>(() => model.With(blobs.FileOf(delta), delta));
                folded.Add(delta, loaded);
            }

            return loaded.Value;
        }
    }

    /// <summary>Lets go of all.</summary>
    public void Release()
    {
        lock (folded)
        {
            folded.Clear();
        }
    }
}
