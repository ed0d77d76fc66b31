using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Learning.Models;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>
/// The base model with what a run has folded into it; the last one is kept, for the next task of the same round. Used by one thread at a time.
/// </summary>
internal sealed class FoldedModel(BlobStore blobs)
{
    private BaseModel? last;

    /// <param name="model">The base model as its files have it.</param>
    /// <param name="delta">A body that is here; null for the model as its files have it.</param>
    /// <exception cref="InvalidDataException">The body is no base delta of the model.</exception>
    public BaseModel Of(BaseModel model, BlobClaim? delta)
    {
        if (delta is null)
        {
            return model;
        }

        if (last?.DeltaSha256 != delta.Sha256 || last.Sha256 != model.Sha256)
        {
            // Let go of first: two folded copies at once would double what a task needs.
            last = null;
            last = model.With(blobs.FileOf(delta.Sha256), delta.Sha256);
        }

        return last;
    }

    /// <summary>Lets go of what is kept.</summary>
    public void Release() => last = null;
}
