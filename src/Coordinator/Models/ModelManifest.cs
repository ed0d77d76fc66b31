using System.Text.Json;
using EdgeFlora.Storage;

namespace EdgeFlora.Coordinator.Models;

/// <summary>What is known of a model that was added, kept beside its files: so that they are not read again for it.</summary>
/// <param name="Sha256">Of the weights.</param>
/// <param name="ArchiveSha256">Of the archive that agents fetch.</param>
/// <param name="ArchiveBytes">Its size.</param>
/// <param name="AddedAt">When it was added.</param>
/// <param name="By">Name of the operator token.</param>
/// <param name="Key">Idempotency key of the request; null: it had none.</param>
internal sealed record ModelManifest(
    string Sha256, string ArchiveSha256, long ArchiveBytes, DateTimeOffset AddedAt, string By, string? Key = null)
{
    private const string FileName = "edgeflora-model.json";

    /// <returns>Null: the folder has none that can be read.</returns>
    public static ModelManifest? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<ModelManifest>(File.ReadAllBytes(Path.Combine(folder, FileName)));
        }
        catch (Exception unreadable) when (unreadable is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Write(string folder) => AtomicFile.Write(Path.Combine(folder, FileName), stream => JsonSerializer.Serialize(stream, this));
}
