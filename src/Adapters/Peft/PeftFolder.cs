using System.Text.Json;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Storage;

namespace EdgeFlora.Adapters.Peft;

/// <summary>
/// Reads and writes adapters as Python PEFT keeps them: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c> in one folder.
/// </summary>
public static class PeftFolder
{
    private const string BaseDeltaKey = "edgeflora_base_delta_sha256";

    /// <summary>Where a run puts what it folded into the base weights: beside the adapter's folder.</summary>
    public const string BaseDeltaName = "base_delta.safetensors";

    public const string TensorsName = "adapter_model.safetensors";

    /// <summary>Where a signed adapter has the statement of its origin.</summary>
    public const string StatementName = "provenance.intoto.json";

    /// <summary>Where it has the public key that the statement is signed with, PEM.</summary>
    public const string StatementKeyName = "provenance.pem";

    /// <summary>What may be in a folder that is replaced: an adapter, signed or not.</summary>
    public static IReadOnlyList<string> FileNames { get; } = [PeftConfig.FileName, TensorsName, StatementName, StatementKeyName];

    /// <summary>Reads an adapter of any PEFT producer (F32, F16, BF16, F64 tensors).</summary>
    /// <remarks>
    /// Where the configuration chooses modules by a pattern or by layer, <see cref="LoraSettings.TargetModules"/> lists the adapted modules by full
    /// name.
    /// </remarks>
    /// <exception cref="AdapterFormatException">
    /// A file is malformed, the two disagree, or a value is not finite; the message names folder, file, tensor and what would be right.
    /// </exception>
    /// <exception cref="IOException">A file is unreadable.</exception>
    public static LoraAdapter Read(string folder)
    {
        RequireFiles(folder);
        PeftConfig config = PeftConfig.Read(folder);
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, TensorsName));
        return PeftTensors.Read(file, config);
    }

    /// <summary>Names of the classes in the order of the head's rows, as <see cref="Write"/> kept them; null if the adapter holds none.</summary>
    /// <exception cref="AdapterFormatException">The file is malformed, or the names are no list of different texts.</exception>
    /// <exception cref="IOException">The file is missing or unreadable.</exception>
    public static IReadOnlyList<string>? ReadLabels(string folder)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, TensorsName));
        return PeftLabels.Of(file);
    }

    /// <summary>
    /// SHA-256 of the base delta on top of which alone the adapter is right, as <see cref="Write"/> kept it; null if it goes with the base model as
    /// it is.
    /// </summary>
    /// <exception cref="AdapterFormatException">The file is malformed.</exception>
    /// <exception cref="IOException">The file is missing or unreadable.</exception>
    public static string? ReadBaseDeltaSha256(string folder)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, TensorsName));
        return file.Metadata.GetValueOrDefault(BaseDeltaKey);
    }

    /// <summary>
    /// Writes the folder as a whole or not at all; an earlier adapter in it is replaced, a folder with any other content is refused.
    /// </summary>
    /// <remarks>
    /// PEFT's HiRA has no scale, so a HiRA adapter with α ≠ r is written with α/r multiplied into B; it reads back as the same ΔW with α = r.
    /// Everything else returns bit by bit if written as F32.
    /// </remarks>
    /// <param name="baseModelName">Name or path of the base model for PEFT's <c>base_model_name_or_path</c>; null if it is not known.</param>
    /// <param name="taskType">One of <see cref="PeftConfig.TaskTypes"/>, or null.</param>
    /// <param name="precision">F32, or F16 or BF16 rounded to nearest even.</param>
    /// <param name="labels">
    /// Names of the classes in the order of the head's rows, kept in the tensors file's metadata, where Python PEFT does not look; null for none.
    /// </param>
    /// <param name="baseDeltaSha256">
    /// Hash of the file of changes of the base weights that the adapter needs, kept there as well; null for none.
    /// </param>
    /// <exception cref="AdapterFormatException">
    /// The adapter does not fit PEFT's layout, or a value does not fit <paramref name="precision"/>; nothing is written.
    /// </exception>
    /// <exception cref="IOException">The folder holds something else, or the disk failed; nothing is left behind.</exception>
    public static void Write(
        string folder,
        LoraAdapter adapter,
        string? baseModelName,
        string? taskType,
        TensorType precision = TensorType.F32,
        IReadOnlyList<string>? labels = null,
        string? baseDeltaSha256 = null)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        LoraSettings settings = adapter.Settings;
        PeftNaming.Check(settings, settings.TargetModules, [.. adapter.Modules.Keys], [.. adapter.Saved.Keys], folder);
        var config = new PeftConfig { Settings = settings, BaseModelName = baseModelName, TaskType = taskType };

        var metadata = new Dictionary<string, string> { ["format"] = "pt" };
        if (labels is not null)
        {
            metadata[PeftLabels.Key] = JsonSerializer.Serialize(labels);
        }

        if (baseDeltaSha256 is not null)
        {
            metadata[BaseDeltaKey] = baseDeltaSha256;
        }

        AtomicFolder.Write(folder, FileNames, temporary =>
        {
            config.Write(temporary);
            SafetensorsWriter.Write(
                Path.Combine(temporary, TensorsName), PeftTensors.Of(adapter, precision), metadata);
        });
    }

    /// <summary>
    /// Whether <see cref="Write"/> would find room at <paramref name="folder"/>; to be asked before long work whose result goes there.
    /// </summary>
    /// <exception cref="IOException">A file is in its place, or it holds something other than an adapter.</exception>
    public static void RequireReplaceable(string folder) => AtomicFolder.RefuseForeign(folder, FileNames);

    internal static void RequireFiles(string folder)
    {
        foreach (string name in new[] { PeftConfig.FileName, TensorsName }.Where(n => !File.Exists(Path.Combine(folder, n))))
        {
            throw new AdapterFormatException($"{folder}: there is no {name}, expected the folder of a PEFT adapter{Hint(folder)}.");
        }
    }

    /// <summary>What a folder without an adapter may be instead.</summary>
    private static string Hint(string folder)
    {
        if (File.Exists(Path.Combine(folder, "adapter_model.bin")))
        {
            return "; adapter_model.bin is a pickle, which can run code when read: save the adapter again in safetensors form";
        }

        if (!Directory.Exists(folder))
        {
            return string.Empty;
        }

        string? below = Directory.EnumerateDirectories(folder).Where(inner => File.Exists(Path.Combine(inner, PeftConfig.FileName)))
            .Order(StringComparer.Ordinal).FirstOrDefault();
        return below is not null ? $"; there is one in {below}"
            : File.Exists(Path.Combine(folder, "config.json")) ? "; this folder holds a whole model"
            : string.Empty;
    }
}
