using System.Globalization;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Moving;

/// <summary>Makes one place hold the bodies that another holds. What is there already is not copied again.</summary>
/// <param name="scratch">Folder for one body at a time.</param>
/// <param name="tell">Told what is being done, a sentence at a time.</param>
internal sealed class BodyTransfer(IBodyPlace from, IBodyPlace to, string scratch, Action<string> tell)
{
    /// <summary>Bodies that were copied.</summary>
    public int Copied { get; private set; }

    /// <summary>Bytes of those that were copied.</summary>
    public long Bytes { get; private set; }

    /// <summary>Copies what is missing, and removes what the source does not have any more; each body is checked against its SHA-256.</summary>
    /// <exception cref="StateFolderException">A body of the source is damaged.</exception>
    /// <exception cref="IOException">A place cannot be read or written.</exception>
    public void Copy(CancellationToken stop)
    {
        Guid[] runs = [.. from.Runs().Order()];
        foreach (Guid gone in to.Runs().Except(runs))
        {
            Remove(to.Of(gone), to.Of(gone).Held());
        }

        foreach ((int number, Guid run) in runs.Index())
        {
            (IBodyArchive source, IBodyArchive target) = (from.Of(run), to.Of(run));
            IReadOnlyCollection<string> held = source.Held();
            Remove(target, target.Held().Except(held, StringComparer.Ordinal));
            BlobClaim[] missing =
            [
                .. held.Order(StringComparer.Ordinal).Select(source.Find).OfType<BlobClaim>().Where(claim => target.Find(claim.Sha256) != claim),
            ];
            tell(string.Create(
                CultureInfo.InvariantCulture,
                $"run {number + 1} of {runs.Length} ({run}): {missing.Length} bodies to copy, {held.Count - missing.Length} are there already"));
            foreach (BlobClaim claim in missing)
            {
                stop.ThrowIfCancellationRequested();
                Copy(run, source, target, claim);
            }
        }
    }

    /// <summary>Reads all bodies at the target back, and checks that they are those of the source.</summary>
    /// <returns>How many there are.</returns>
    /// <exception cref="StateFolderException">One is missing or damaged; it was removed, to be copied again.</exception>
    /// <exception cref="IOException">A place cannot be read.</exception>
    public int Check(CancellationToken stop)
    {
        int count = 0;
        Guid[] runs = [.. from.Runs().Order()];
        foreach ((int number, Guid run) in runs.Index())
        {
            IBodyArchive target = to.Of(run);
            IReadOnlyCollection<string> held = from.Of(run).Held();
            tell(string.Create(CultureInfo.InvariantCulture, $"run {number + 1} of {runs.Length} ({run}): {held.Count} bodies are read back"));
            foreach (string sha256 in held)
            {
                stop.ThrowIfCancellationRequested();
                string? found = target.Find(sha256) is null ? null : With(target, sha256, static (_, hash) => hash);
                if (found != sha256)
                {
                    target.Remove(sha256);
                    throw new StateFolderException(
                        $"The copy of the body {sha256} of run {run} {(found is null ? "is missing" : $"has SHA-256 {found}")}; nothing has changed "
                            + "for the service. Do the same again: what is whole is not copied twice.");
                }

                count++;
            }
        }

        return count;
    }

    private static void Remove(IBodyArchive target, IEnumerable<string> needless)
    {
        foreach (string sha256 in needless.ToArray())
        {
            target.Remove(sha256);
        }
    }

    private void Copy(Guid run, IBodyArchive source, IBodyArchive target, BlobClaim claim) => With(source, claim.Sha256, (file, hash) =>
    {
        if (hash != claim.Sha256)
        {
            throw new StateFolderException(
                $"The body {claim.Sha256} of run {run} is damaged where it is: it has SHA-256 {hash}. Bring it back, or remove the run; nothing has "
                    + "changed for the service, and what was copied is not copied again.");
        }

        target.Put(claim, file);
        Copied++;
        Bytes += claim.Size;
        return hash;
    });

    /// <summary>Reads a body into a file, which is gone afterwards.</summary>
    /// <param name="use">Called with the file and the SHA-256 of what is in it.</param>
    private string With(IBodyArchive place, string sha256, Func<string, string, string> use)
    {
        string file = Path.Combine(scratch, sha256);
        try
        {
            return use(file, place.ReadInto(sha256, file));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
