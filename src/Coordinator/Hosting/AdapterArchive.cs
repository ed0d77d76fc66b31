using System.IO.Compression;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>
/// A committed model as a zip, laid out as a run's output folder: <c>adapter/</c>, and <c>base_delta.safetensors</c> where something was folded
/// into the base.
/// </summary>
internal static class AdapterArchive
{
    /// <summary>The oldest time a zip can hold: the same model gives the same bytes whenever it is asked for.</summary>
    private static readonly DateTimeOffset Fixed = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <param name="bodies">Folder of the run's bodies.</param>
    public static AdapterExport Of(RunEntry entry, StoredModel model, string bodies) =>
        new(model.Round, model.Claim.Sha256, (target, stop) => WriteAsync(entry, model, bodies, target, stop));

    private static async Task WriteAsync(RunEntry entry, StoredModel model, string bodies, Stream target, CancellationToken stop)
    {
        string place = Directory.CreateTempSubdirectory("edgeflora-export-").FullName;
        string folder = Path.Combine(place, "content");
        try
        {
            Directory.CreateDirectory(folder);
            var blobs = new BlobStore(bodies);
            byte[] body = blobs.ReadAll(model.Claim.Sha256);
            LoraAdapter adapter = AdapterPayload.Decode(body, AdapterPayload.Describe(body, long.MaxValue).Shape);
            bool language = entry.Options.Task == LearningTask.LanguageModel;
            PeftFolder.Write(
                Path.Combine(folder, "adapter"),
                adapter,
                entry.Base?.ModelId ?? entry.Options.BaseModelId ?? entry.ModelFolder,
                language ? "CAUSAL_LM" : "SEQ_CLS",
                labels: language ? null : entry.Options.Labels,
                baseDeltaSha256: model.BaseDelta?.Sha256);
            if (model.BaseDelta is { } delta)
            {
                await using FileStream file = File.Create(Path.Combine(folder, PeftFolder.BaseDeltaName));
                await using FileStream source = blobs.OpenRead(delta.Sha256);
                await source.CopyToAsync(file, stop);
            }

            // Into a file first: the zip's writer ends its entries synchronously, which a web server's body does not take.
            await using var whole = new FileStream(Path.Combine(place, "export.zip"), FileMode.CreateNew, FileAccess.ReadWrite);
            await ZipAsync(folder, whole, stop);
            whole.Position = 0;
            await whole.CopyToAsync(target, stop);
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    private static async Task ZipAsync(string folder, Stream target, CancellationToken stop)
    {
        await using ZipArchive zip = await ZipArchive.CreateAsync(target, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, stop);
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            ZipArchiveEntry entry = zip.CreateEntry(
                Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'), CompressionLevel.NoCompression);
            entry.LastWriteTime = Fixed;
            await using Stream content = await entry.OpenAsync(stop);
            await using FileStream source = File.OpenRead(file);
            await source.CopyToAsync(content, stop);
        }
    }
}
