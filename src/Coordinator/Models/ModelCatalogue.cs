using System.Text.Json;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;

namespace EdgeFlora.Coordinator.Models;

/// <summary>The base models that runs can name: folders in Hugging Face layout on the service's machine.</summary>
/// <param name="standard">The model of a spec that names none.</param>
/// <param name="folders">Further models, or folders that hold some; two of one name: the first counts.</param>
/// <param name="takesPaths">Whether a spec may name any folder of the machine: only where whoever submits could read it anyway.</param>
public sealed class ModelCatalogue(string standard, IReadOnlyList<string> folders, bool takesPaths)
{
    private const string ConfigName = "config.json";

    /// <summary>Models by name.</summary>
    public IReadOnlyList<ModelSummary> List() => [.. Folders().Select(Summary).OfType<ModelSummary>().DistinctBy(model => model.Name).OrderBy(
        model => model.Name,
        StringComparer.Ordinal)];

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

        string names = string.Join(", ", List().Select(model => model.Name));
        string sentence = $"model is '{name}', which this service does not have; it has "
            + $"{names}{(takesPaths ? $", or name a folder with {ConfigName} and model.safetensors" : "")}";
        throw new ServiceRefusedException(
            ProblemCode.InvalidInput, sentence, "add its folder to 'models' in the service's configuration", [new SpecMistake(
                null, null, null, "model", name, sentence)]);
    }

    private IEnumerable<string> Folders() => folders.SelectMany(
        folder => IsModel(folder) ? [folder] : Directory.Exists(folder) ? Directory.EnumerateDirectories(folder).Where(IsModel) : [])
        .Append(standard).Where(IsModel);

    private static bool IsModel(string folder) => File.Exists(Path.Combine(folder, ConfigName));

    private static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    /// <returns>Null for a folder whose configuration cannot be read.</returns>
    private static ModelSummary? Summary(string folder)
    {
        try
        {
            using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, ConfigName)));
            string family = config.RootElement.TryGetProperty("model_type", out JsonElement type) && type.ValueKind == JsonValueKind.String
                ? type.GetString()!
                : "unknown";
            return new ModelSummary(NameOf(folder), family, Directory.EnumerateFiles(folder, "*.safetensors").Sum(file => new FileInfo(file).Length));
        }
        catch (Exception unreadable) when (unreadable is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return null;
        }
    }
}
