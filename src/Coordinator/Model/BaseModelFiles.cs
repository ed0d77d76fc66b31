using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Coordinator.Model;

/// <summary>What the coordinator needs to know of the base model: its hash, and the shapes of the modules to adapt. Its weights stay on disk.</summary>
/// <param name="Shape">The adapter's modules and head.</param>
/// <param name="First">The adapter of round 0: the base model unchanged.</param>
internal sealed record BaseModelFiles(BaseModelRef Base, AdapterShape Shape, LoraAdapter First)
{
    /// <exception cref="CoordinatorOptionsException">A file is missing or not what it should be, or a target module is not in the model; the message names file and setting.</exception>
    public static async Task<BaseModelFiles> ReadAsync(CoordinatorOptions options, CancellationToken stop)
    {
        try
        {
            using var folder = BaseModelFolder.Open(options.BaseModelFolder);
            LoraAdapter first = folder.FirstAdapter(options.Lora.Settings, options.Labels.Count, options.Seed);
            string id = options.BaseModelId ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.BaseModelFolder)));
            var model = new BaseModelRef { ModelId = id, Sha256 = await SafetensorsSet.HashAsync(options.BaseModelFolder, stop) };
            return new BaseModelFiles(model, AdapterShape.Of(first), first);
        }
        catch (Exception wrong) when (wrong is AdapterFormatException or IOException or UnauthorizedAccessException)
        {
            throw new CoordinatorOptionsException($"BaseModelFolder '{options.BaseModelFolder}' or Lora:TargetModules: {wrong.Message}", wrong);
        }
    }
}
