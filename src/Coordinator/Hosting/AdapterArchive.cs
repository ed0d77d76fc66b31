using System.IO.Compression;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Provenance;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>
/// A committed model as a zip, laid out as a run's output folder: <c>adapter/</c>, or <c>shared/</c> where agents keep factors or the head, and
/// <c>base_delta.safetensors</c> where something was folded into the base.
/// </summary>
internal static class AdapterArchive
{
    /// <summary>The oldest time a zip can hold: the same model gives the same bytes whenever it is asked for.</summary>
    private static readonly DateTimeOffset Fixed = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <param name="origin">What is signed of it.</param>
    /// <param name="bodies">The run's.</param>
    public static AdapterExport Of(RunEntry entry, StoredModel model, RunProvenance origin, BlobStore bodies) =>
        new(model.Round, model.Claim.Sha256, (target, stop) => WriteAsync(entry, model, origin, bodies, target, stop));

    private static async Task WriteAsync(
        RunEntry entry, StoredModel model, RunProvenance origin, BlobStore blobs, Stream target, CancellationToken stop)
    {
        string place = Directory.CreateTempSubdirectory("edgeflora-export-").FullName;
        string folder = Path.Combine(place, "content");
        try
        {
            Directory.CreateDirectory(folder);
            byte[] body = blobs.ReadAll(model.Claim.Sha256);
            LoraAdapter adapter = AdapterPayload.Decode(body, AdapterPayload.Describe(body, long.MaxValue).Shape);
            string name = entry.Base?.ModelId ?? entry.Options.BaseModelId ?? entry.ModelFolder;
            bool language = entry.Options.Task == LearningTask.LanguageModel;
            if (PersonalParts.AreIn(entry.Options))
            {
                origin.Seal(
                    Path.Combine(folder, SharedFactors.FolderName),
                    SharedFactors.FileNames,
                    into => SharedFactors.Write(into, adapter, entry.Options, entry.Id, name, model.BaseDelta?.Sha256));
            }
            else
            {
                origin.Seal(
                    Path.Combine(folder, "adapter"),
                    PeftFolder.FileNames,
                    into => PeftFolder.Write(
                        into,
                        adapter,
                        name,
                        language ? "CAUSAL_LM" : "SEQ_CLS",
                        labels: language ? null : entry.Options.Labels,
                        baseDeltaSha256: model.BaseDelta?.Sha256));
            }

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
