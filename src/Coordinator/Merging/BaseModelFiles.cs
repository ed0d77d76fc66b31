using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Coordinator.Merging;

/// <summary>
/// What the coordinator needs to know of the base model: its hash, and the shapes of the modules to adapt. Its weights stay on disk.
/// </summary>
/// <param name="Shape">The adapter's modules and head.</param>
/// <param name="First">The adapter of round 0: the base model unchanged.</param>
internal sealed record BaseModelFiles(BaseModelRef Base, AdapterShape Shape, LoraAdapter First)
{
    /// <summary>What an agent fetches which lacks the model; null: it is not handed out.</summary>
    public BlobClaim? Archive { get; init; }

    /// <exception cref="CoordinatorOptionsException">A file is missing or not what it should be, or a target module is not in the model; the
    /// message names file and setting.</exception>
    public static async Task<BaseModelFiles> ReadAsync(CoordinatorOptions options, CancellationToken stop)
    {
        try
        {
            using var folder = BaseModelFolder.Open(options.BaseModelFolder);
            LoraAdapter first = FirstAdapter(folder, options);
            string id = options.BaseModelId ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.BaseModelFolder)));
            var model = new BaseModelRef { ModelId = id, Sha256 = await SafetensorsSet.HashAsync(options.BaseModelFolder, stop) };
            IReadOnlyList<ModuleShape> modules = AdapterShape.Of(first).Modules;
            RequireMatches(options, modules);
            RequireRoomToFold(options, modules);
            return new BaseModelFiles(model, AdapterShape.Of(first), first);
        }
        catch (Exception wrong) when (wrong is AdapterFormatException or IOException or UnauthorizedAccessException)
        {
            throw new CoordinatorOptionsException($"BaseModelFolder '{options.BaseModelFolder}' or Lora:TargetModules: {wrong.Message}", wrong);
        }
    }

    private static LoraAdapter FirstAdapter(BaseModelFolder folder, CoordinatorOptions options)
    {
        LoraSettings settings = options.Lora.Settings(folder.UsualTargets);
        if (options.Training.PersonalHead)
        {
            // Read all the same, for what is wrong with it would come to light with the agents only.
            _ = folder.Head(options.Labels.Count);
            return folder.FirstAdapter(settings, options.Seed);
        }

        if (options.Task == LearningTask.Classification)
        {
            return folder.FirstAdapter(settings, options.Labels.Count, options.Seed);
        }

        return folder.PredictsTokens
            ? folder.FirstAdapter(settings, options.Seed)
            : throw new CoordinatorOptionsException(
                $"BaseModelFolder is '{options.BaseModelFolder}', which predicts no tokens: it is an encoder, or its checkpoint has no lm_head. Task "
                + $"{options.Task} takes a decoder such as gpt2 or llama.");
    }

    private static void RequireMatches(CoordinatorOptions options, IReadOnlyList<ModuleShape> modules)
    {
        if (options.Aggregation.ModuleStrategies.FirstOrDefault(entry => !modules.Any(module => entry.Matches(module.Name))) is { } idle)
        {
            throw new CoordinatorOptionsException(
                $"Aggregation:ModuleStrategies has the pattern '{idle.Pattern}' for {idle.Strategy}, which fits none of the {modules.Count} adapted "
                + $"modules; their names are such as {modules[0].Name}.");
        }
    }

    /// <summary>
    /// What is folded into the base travels as one body; better to know at the start that it could outgrow one than in round fifty.
    /// </summary>
    internal static void RequireRoomToFold(CoordinatorOptions options, IReadOnlyList<ModuleShape> modules)
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
                $"Aggregation:Strategy {string.Join(", ", options.Aggregation.StrategyNames())} may fold {most} bytes into the base weights of "
                + $"{folding.Length} modules; at most {SafetensorsWriter.MaxBytes} travel as one body. ")
                + "Adapt fewer modules (Lora:TargetModules), or set Aggregation:ResidualRank for FedExLora.");
        }
    }
}
