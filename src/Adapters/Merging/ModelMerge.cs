using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Storage;

namespace EdgeFlora.Adapters.Merging;

/// <summary>Writes a Hugging Face folder whose model needs no adapter any more: the base with the adapter's changes in its weights.</summary>
/// <remarks>
/// Works on names and shapes alone, so for models of any family. One tensor is in memory at a time. Weights that the adapter leaves alone keep every
/// bit unless another type is asked for.
/// </remarks>
public static class ModelMerge
{
    private static readonly string[] WeightEndings =
        [".safetensors", ".bin", ".pt", ".pth", ".h5", ".msgpack", ".onnx", ".ckpt", ".gguf", ".index.json"];

    private static readonly string[] TokenizerFiles =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt",
        "tokenizer.model", "chat_template.jinja",
    ];

    /// <summary>Writes the folder as a whole or not at all.</summary>
    /// <exception cref="AdapterFormatException">
    /// The adapter does not fit the model; the message names folder, module and both shapes. Nothing is written.
    /// </exception>
    /// <exception cref="IOException">The output folder holds something else, or the disk failed; nothing is left behind.</exception>
    public static MergeSummary Write(ModelMergeRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        using SafetensorsSet weights = SafetensorsSet.Open(request.ModelFolder);
        var plan = new MergePlan(request, weights);
        bool ofAdapter = plan.Vocabulary.Resized is not null
            && request.AdapterFolder is { } beside
            && TokenizerFiles.Any(name => File.Exists(Path.Combine(beside, name)));
        SortedDictionary<string, string> copied = Copied(
            request.ModelFolder, name => IsCopied(name) && !(ofAdapter && TokenizerFiles.Contains(name)));
        foreach ((string name, string path) in ofAdapter ? Copied(request.AdapterFolder!, TokenizerFiles.Contains) : [])
        {
            copied[name] = path;
        }

        byte[] config = MergedConfig.Of(request, plan);
        AtomicFolder.Write(request.Output, [.. copied.Keys, MergedConfig.FileName, SafetensorsSet.SingleName], folder =>
        {
            AtomicFile.Write(Path.Combine(folder, MergedConfig.FileName), stream => stream.Write(config));
            foreach ((string name, string path) in copied)
            {
                using FileStream source = File.OpenRead(path);
                AtomicFile.Write(Path.Combine(folder, name), source.CopyTo);
            }

            SafetensorsWriter.Write(
                Path.Combine(folder, SafetensorsSet.SingleName),
                plan.Tensors(cancellationToken),
                new Dictionary<string, string> { ["format"] = "pt" });
        });
        return new MergeSummary(plan.Merged, plan.Saved, plan.Kept, plan.Vocabulary.Apart, plan.Vocabulary.Resized, ofAdapter, plan.LacksPooler);
    }

    private static SortedDictionary<string, string> Copied(string folder, Func<string, bool> chosen) => new(
        Directory.EnumerateFiles(folder).Where(path => chosen(Path.GetFileName(path))).ToDictionary(path => Path.GetFileName(path), path => path),
        StringComparer.Ordinal);

    private static bool IsCopied(string name) =>
        name != MergedConfig.FileName
            && !name.StartsWith('.')
            && !WeightEndings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
}
