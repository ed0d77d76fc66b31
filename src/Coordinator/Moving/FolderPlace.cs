using EdgeFlora.Coordinator.Options;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Moving;

/// <summary>Bodies in a state folder.</summary>
internal sealed class FolderPlace(StoreOptions folder) : IBodyPlace
{
    public IReadOnlyCollection<Guid> Runs() =>
    [
        .. (Directory.Exists(folder.BlobFolder) ? Directory.EnumerateDirectories(folder.BlobFolder) : [])
            .Select(run => Guid.TryParse(Path.GetFileName(run), out Guid id) ? id : (Guid?)null).OfType<Guid>(),
    ];

    public IBodyArchive Of(Guid run) => new FolderArchive(folder.BodiesOf(run));

    public void Dispose()
    {
    }
}
