using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Storage;

namespace EdgeFlora.Coordinator.Output;

/// <summary>
/// What a run has published where agents keep factors or the head: no adapter, and so not written as one. A folder that loaders of adapters would
/// take and that changed nothing in the model, or had no head, would mislead.
/// </summary>
internal static class SharedFactors
{
    /// <summary>In the place of <c>adapter</c> in an output folder.</summary>
    public const string FolderName = "shared";

    /// <summary>What <see cref="Write"/> makes.</summary>
    public static readonly IReadOnlyCollection<string> FileNames = [TensorsName, ConfigName, ReadmeName];

    private const string TensorsName = "shared_factors.safetensors";
    private const string ConfigName = "shared_config.json";
    private const string ReadmeName = "README.md";

    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the folder as a whole or not at all.</summary>
    /// <param name="model">Name of the base model.</param>
    /// <param name="baseDeltaSha256">Of what is folded into the base weights; null: nothing.</param>
    /// <exception cref="IOException">The folder holds something else, or the disk failed.</exception>
    public static void Write(string folder, LoraAdapter published, CoordinatorOptions options, Guid run, string model, string? baseDeltaSha256)
    {
        string[] kept = [.. published.Modules.Keys.Where(module => options.Aggregation.NeedsOf(module, 1).KeepB)];
        TensorData[] tensors = [.. Tensors(published, kept)];
        byte[] config = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                holds = "factors that agents share; no adapter",
                baseModel = model,
                baseDeltaSha256,
                variant = published.Settings.Variant.ToString(),
                rank = published.Settings.Rank,
                alpha = published.Settings.Alpha,
                targetModules = published.Settings.TargetModules,
                labels = options.Labels,
                keptByAgents = new { loraB = kept, head = options.Training.PersonalHead },
                tensors = tensors.Select(tensor => tensor.Name),
            },
            Readable);
        AtomicFolder.Write(folder, FileNames, temporary =>
        {
            SafetensorsWriter.Write(Path.Combine(temporary, TensorsName), tensors);
            AtomicFile.Write(Path.Combine(temporary, ConfigName), stream => stream.Write(config));
            AtomicFile.Write(Path.Combine(temporary, ReadmeName), stream => stream.Write(Encoding.UTF8.GetBytes(Readme(options, run))));
        });
    }

    private static string Readme(CoordinatorOptions options, Guid run) =>
        $"""
        # Shared factors, not an adapter

        In this run {PersonalParts.Told(options)}. What is here is the rest, which they share: `{TensorsName}` has it under PEFT's names of tensors,
        `{ConfigName}` says what it belongs to. Loaded by itself it labels nothing.

        Each agent has a whole adapter. On its machine:

            edgeflora agent export --state DIR --run {run}

        """;

    private static IEnumerable<TensorData> Tensors(LoraAdapter published, string[] kept)
    {
        foreach ((string module, LoraFactors factors) in published.Modules)
        {
            yield return new TensorData($"base_model.model.{module}.lora_A.weight", [factors.Rank, factors.Inputs], factors.A.Values.ToArray());
            if (!kept.Contains(module))
            {
                yield return new TensorData($"base_model.model.{module}.lora_B.weight", [factors.Outputs, factors.Rank], factors.B.Values.ToArray());
            }
        }

        foreach ((string name, DenseTensor tensor) in published.Saved)
        {
            yield return new TensorData($"base_model.model.{name}", [.. tensor.Shape], tensor.Values);
        }
    }
}
