using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Moving;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Tests.Moving;

/// <summary>Bodies in memory.</summary>
internal sealed class MemoryPlace : IBodyPlace
{
    private readonly Dictionary<Guid, Bodies> runs = [];

    /// <summary>Hashes of bodies that were put, in this order.</summary>
    public List<string> Put { get; } = [];

    /// <summary>What becomes of a body that is put.</summary>
    public Func<byte[], byte[]> Writes { get; set; } = static content => content;

    public IReadOnlyCollection<Guid> Runs() => [.. runs.Where(run => run.Value.Held().Count > 0).Select(run => run.Key)];

    public IBodyArchive Of(Guid run) => runs.TryGetValue(run, out Bodies? found) ? found : runs[run] = new Bodies(this);

    public void Add(Guid run, BlobClaim claim, byte[] content) => ((Bodies)Of(run)).Kept[claim.Sha256] = (claim, content);

    public void Dispose()
    {
    }

    private sealed class Bodies(MemoryPlace place) : IBodyArchive
    {
        public Dictionary<string, (BlobClaim Claim, byte[] Content)> Kept { get; } = new(StringComparer.Ordinal);

        public BlobClaim? Find(string sha256) => Kept.TryGetValue(sha256, out (BlobClaim Claim, byte[]) found) ? found.Claim : null;

        public IReadOnlyCollection<string> Held() => [.. Kept.Keys];

        public void Put(BlobClaim claim, string file)
        {
            place.Put.Add(claim.Sha256);
            Kept[claim.Sha256] = (claim, place.Writes(File.ReadAllBytes(file)));
        }

        public void Read(string sha256, Stream target) => target.Write(Kept[sha256].Content);

        public void Remove(string sha256) => Kept.Remove(sha256);
    }
}
