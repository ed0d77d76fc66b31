using System.Globalization;
using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Initialization;
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
            using SafetensorsSet weights = SafetensorsSet.Open(options.BaseModelFolder);
            LoraSettings settings = options.Lora.Settings;
            IReadOnlyList<ModuleShape> modules = TargetModules.Find(weights, settings.TargetModules, Encoder(weights));
            int hidden = HiddenSize(Path.Combine(options.BaseModelFolder, "config.json"));
            int labels = options.Labels.Count;
            List<TensorShape> saved = [new($"{LoraOptions.Head}.bias", [labels]), new($"{LoraOptions.Head}.weight", [labels, hidden])];
            if (settings.Variant == AdapterVariant.Dora)
            {
                saved.AddRange(modules.Select(module => new TensorShape(module.Name + ModuleNames.MagnitudeSuffix, [module.Outputs])));
            }

            var shape = new AdapterShape(settings, modules, saved);
            string id = options.BaseModelId ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.BaseModelFolder)));
            var model = new BaseModelRef { ModelId = id, Sha256 = await SafetensorsSet.HashAsync(options.BaseModelFolder, stop) };
            RequireRoomToFold(options, modules);
            return new BaseModelFiles(model, shape, AdapterInitializer.Create(shape, options.Seed, weights));
        }
        catch (Exception wrong) when (wrong is AdapterFormatException or IOException or UnauthorizedAccessException or JsonException)
        {
            throw new CoordinatorOptionsException($"BaseModelFolder '{options.BaseModelFolder}' or Lora:TargetModules: {wrong.Message}", wrong);
        }
    }

    /// <summary>What is folded into the base travels as one body; better to know at the start that it could outgrow one than in round fifty.</summary>
    private static void RequireRoomToFold(CoordinatorOptions options, IReadOnlyList<ModuleShape> modules)
    {
        int residual = options.Aggregation.ResidualRank;
        long rounds = options.Rounds.Count;
        ModuleShape[] folding = [.. modules.Where(module => options.Aggregation.NeedsOf(module.Name, 1).FoldsIntoBase)];
        long most = folding.Sum(module =>
        {
            long full = (long)module.Outputs * module.Inputs;
            bool cut = residual > 0 && !options.Aggregation.NeedsOf(module.Name, 1).NewBasis;
            return sizeof(float) * (cut ? Math.Min(full, rounds * residual * ((long)module.Outputs + module.Inputs)) : full);
        });
        if (most > SafetensorsWriter.MaxBytes)
        {
            throw new CoordinatorOptionsException(string.Create(
                CultureInfo.InvariantCulture,
                $"Aggregation:Strategy {string.Join(", ", options.Aggregation.Strategies)} may fold {most} bytes into the base weights of {folding.Length} modules; at most {SafetensorsWriter.MaxBytes} travel as one body. ")
                + "Adapt fewer modules (Lora:TargetModules), or set Aggregation:ResidualRank for FedExLora.");
        }
    }

    /// <summary>Modules of heads that the task does not use (a language-model head, a pooler) may bear the same names as the encoder's.</summary>
    private static string? Encoder(SafetensorsSet weights) =>
        weights.Tensors.Keys.Any(name => name.StartsWith("bert.encoder.", StringComparison.Ordinal)) ? "bert.encoder" : null;

    private static int HiddenSize(string config)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(config));
        return json.RootElement.ValueKind == JsonValueKind.Object
            && json.RootElement.TryGetProperty("hidden_size", out JsonElement size) && size.TryGetInt32(out int hidden) && hidden is > 0 and <= 65_536
            ? hidden
            : throw new AdapterFormatException($"{config} has no hidden_size from 1 to 65,536.");
    }
}
