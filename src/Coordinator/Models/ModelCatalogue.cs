using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Archives;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;

namespace EdgeFlora.Coordinator.Models;

/// <summary>
/// The base models that runs can name: folders in Hugging Face layout on the service's machine, and those that operators have added.
/// </summary>
/// <param name="standard">The model of a spec that names none.</param>
/// <param name="folders">Further models, or folders that hold some; two of one name: the first counts.</param>
/// <param name="takesPaths">Whether a spec may name any folder of the machine: only where whoever submits could read it anyway.</param>
/// <param name="store">Those that were added; null: none can be.</param>
/// <param name="archives">Finds out hashes; null: they are not told.</param>
public sealed class ModelCatalogue(
    string standard, IReadOnlyList<string> folders, bool takesPaths, ModelStore? store = null, ModelArchives? archives = null)
{
    private const string ConfigName = ModelFiles.ConfigName;

    /// <summary>So long a list waits for hashes: of small models they are there at once, of large ones when it is asked for again.</summary>
    private static readonly TimeSpan ListPatience = TimeSpan.FromSeconds(2);

    /// <summary>Names of all models, in order.</summary>
    public IReadOnlyList<string> Names => [.. Folders().Select(NameOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Models by name.</summary>
    public async Task<IReadOnlyList<ModelSummary>> ListAsync(CancellationToken stop)
    {
        ModelSummary?[] found = await Task.WhenAll(Folders().DistinctBy(NameOf).Select(folder => SummaryAsync(folder, ListPatience, stop)));
        return [.. found.OfType<ModelSummary>().OrderBy(model => model.Name, StringComparer.Ordinal)];
    }

    /// <summary>The folder of a spec's <c>model</c>.</summary>
    /// <param name="name">A name, or a path where paths are taken; null: the standard model.</param>
    /// <exception cref="ServiceRefusedException">There is no such model; the message lists those there are.</exception>
    public string Find(string? name)
    {
        if (name is null)
        {
            return standard;
        }

        if (Folders().FirstOrDefault(folder => NameOf(folder) == name) is { } known)
        {
            return known;
        }

        if (takesPaths && File.Exists(Path.Combine(name, ConfigName)))
        {
            return Path.GetFullPath(name);
        }

        string sentence = $"model is '{name}', which this service does not have; it has "
            + $"{string.Join(", ", Names)}{(takesPaths ? $", or name a folder with {ConfigName} and model.safetensors" : "")}";
        throw new ServiceRefusedException(
            ProblemCode.InvalidInput, sentence, "add it: edgeflora models add DIR", [new SpecMistake(null, null, null, "model", name, sentence)]);
    }

    /// <summary>What is to be told of a model's folder.</summary>
    /// <param name="patience">So long hashes are waited for.</param>
    /// <returns>Null for a folder whose configuration cannot be read.</returns>
    internal async Task<ModelSummary?> SummaryAsync(string folder, TimeSpan patience, CancellationToken stop)
    {
        ModelSummary summary;
        try
        {
            using var config = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, ConfigName), stop));
            string family = config.RootElement.TryGetProperty("model_type", out JsonElement type) && type.ValueKind == JsonValueKind.String
                ? type.GetString()!
                : "unknown";
            FileInfo[] files = new DirectoryInfo(folder).GetFiles();
            summary = new ModelSummary(
                NameOf(folder), family, files.Where(file => file.Extension == ".safetensors").Sum(file => file.Length))
            {
                Origin = store is not null && store.Folders.Contains(folder) ? ModelOrigin.Added : ModelOrigin.Configured,
                Licence = ModelFiles.Licence(files.Select(file => file.Name)),
            };
        }
        catch (Exception unreadable) when (unreadable is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return null;
        }

        try
        {
            return archives is null ? summary : await WithContentAsync(summary, archives.OfAsync(folder), patience, stop);
        }
        catch (Exception damaged) when (damaged is AdapterFormatException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            return summary;
        }
    }

    private static async Task<ModelSummary> WithContentAsync(
        ModelSummary summary, Task<ModelContent> finding, TimeSpan patience, CancellationToken stop)
    {
        ModelContent content = await finding.WaitAsync(patience, TimeProvider.System, stop);
        return summary with { Sha256 = content.Sha256, ArchiveBytes = content.Archive?.Size };
    }

    private IEnumerable<string> Folders() => folders.SelectMany(
        folder => IsModel(folder) ? [folder] : Directory.Exists(folder) ? Directory.EnumerateDirectories(folder).Where(IsModel) : [])
        .Append(standard).Concat(store?.Folders ?? []).Where(IsModel);

    private static bool IsModel(string folder) => File.Exists(Path.Combine(folder, ConfigName));

    private static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
}
