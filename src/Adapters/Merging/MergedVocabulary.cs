using System.Text.Json.Nodes;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Merging;

/// <summary>What becomes of word embeddings and output layer where an adapter brings one of them, trained in full.</summary>
/// <remarks>
/// PEFT puts a copy in place of a module to save, and what was tied to the original stays the original: the merged model then has an output layer of
/// its own, unless <c>ensure_weight_tying</c> is set.
/// </remarks>
internal sealed class MergedVocabulary
{
    /// <summary>The output layer's weight in all families that have one.</summary>
    public const string Output = "lm_head.weight";

    private static readonly string[] Inputs = ["embed_tokens.weight", "wte.weight", "word_embeddings.weight"];

    private readonly bool dropsOutput;

    private MergedVocabulary(IReadOnlyDictionary<string, DenseTensor> saved, string? copiedOutput, bool apart, bool dropsOutput, int? resized)
    {
        Saved = saved;
        CopiedOutput = copiedOutput;
        Apart = apart;
        this.dropsOutput = dropsOutput;
        Resized = resized;
    }

    /// <summary>The adapter's tensors, without an output layer that is its word embeddings once more.</summary>
    public IReadOnlyDictionary<string, DenseTensor> Saved { get; }

    /// <summary>The base's tensor that becomes the output layer's weight too; null for none.</summary>
    public string? CopiedOutput { get; }

    /// <summary>Whether an output layer that was tied has weights of its own from now on.</summary>
    public bool Apart { get; }

    /// <summary>Number of words, where the adapter has another than the base; else null.</summary>
    public int? Resized { get; }

    /// <summary>Whether a tensor has one row for each word.</summary>
    public static bool Holds(string name) => name == Output || IsInput(name);

    /// <summary>Whether a tensor of the base is left out: a tied output layer written twice would contradict embeddings that have changed.</summary>
    public bool Leaves(string name) => name == Output && (dropsOutput || CopiedOutput is not null);

    /// <exception cref="AdapterFormatException">Adapter and model contradict each other about them.</exception>
    public static MergedVocabulary Of(ModelMergeRequest request, MergeNames names, JsonObject config)
    {
        LoraAdapter adapter = request.Adapter;
        bool tied = config["tie_word_embeddings"] is JsonValue value && value.TryGetValue(out bool yes) ? yes : names.TiedByDefault;
        string? input = names.Weights.Tensors.Keys.FirstOrDefault(IsInput);
        DenseTensor? embeddings = adapter.Saved.FirstOrDefault(tensor => IsInput(tensor.Key)).Value;
        DenseTensor? output = adapter.Saved.FirstOrDefault(tensor => tensor.Key == Output).Value;
        // Encoders say that they are tied as well, and mean a head for masked words.
        tied = tied && input is not null && !input.EndsWith("word_embeddings.weight", StringComparison.Ordinal);
        if (tied && adapter.Modules.ContainsKey("lm_head"))
        {
            throw new AdapterFormatException($"The adapter changes '{Output}', but {request.ModelFolder} ties the output layer to the word "
                + "embeddings; a merged folder cannot hold both.");
        }

        bool apart = tied && !adapter.Settings.EnsureWeightTying && (embeddings ?? output) is not null;
        if (tied && !apart && output is not null && (embeddings is null || !embeddings.Values.AsSpan().SequenceEqual(output.Values)))
        {
            throw new AdapterFormatException($"The adapter brings '{Output}' and ties it (ensure_weight_tying), but it is not the adapter's word "
                + $"embeddings; {request.ModelFolder} cannot have both as one.");
        }

        string? copied = apart && output is null ? input : null;
        RequireSameWords(request, names, embeddings, tied && !apart ? embeddings : output, copied);
        return new MergedVocabulary(
            tied && !apart ? adapter.Saved.Where(tensor => tensor.Key != Output).ToDictionary(StringComparer.Ordinal) : adapter.Saved,
            copied, apart, dropsOutput: tied && embeddings is not null && !apart, Words(embeddings ?? output, names, input));
    }

    private static int? Words(DenseTensor? changed, MergeNames names, string? input) =>
        changed is not null && (input is null || names.Weights.Tensors[input].Shape[0] != changed.Shape[0]) ? changed.Shape[0] : null;

    private static void RequireSameWords(ModelMergeRequest request, MergeNames names, DenseTensor? embeddings, DenseTensor? output, string? copied)
    {
        int? read = embeddings?.Shape[0] ?? Rows(names, names.Weights.Tensors.Keys.FirstOrDefault(IsInput));
        int? written = output?.Shape[0] ?? Rows(names, copied ?? Output);
        if ((embeddings ?? output) is not null && read is not null && written is not null && read != written)
        {
            throw new AdapterFormatException(
                $"{request.ModelFolder}: with the adapter the word embeddings have {read} rows and the output layer {written}; a vocabulary that was "
                + "resized takes both (modules_to_save with embed_tokens and lm_head, or ensure_weight_tying).");
        }
    }

    private static int? Rows(MergeNames names, string? tensor) =>
        tensor is not null && names.Weights.Tensors.TryGetValue(tensor, out TensorInfo? found) ? found.Shape[0] : null;

    private static bool IsInput(string name) => Inputs.Any(ending => ModuleNames.IsTarget(name, ending));
}
