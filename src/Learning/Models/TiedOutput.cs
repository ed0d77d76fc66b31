using EdgeFlora.Adapters;

namespace EdgeFlora.Learning.Models;

/// <summary>
/// What it means for a model whose output layer is its word embeddings that an adapter brings one of the two, trained in full. As PEFT does it.
/// </summary>
/// <remarks>
/// PEFT puts a copy in place of a module to save. What was tied to the original stays tied to the original: with embeddings trained in full the
/// output layer remains the base's, unless <c>ensure_weight_tying</c> is set.
/// </remarks>
public static class TiedOutput
{
    private const string Output = "lm_head";

    private static readonly string[] Embeddings = ["embed_tokens.weight", "wte.weight"];

    /// <summary>Whether the adapter takes a model whose output layer has weights of its own: <see cref="BaseModel.Load"/>.</summary>
    public static bool IsApart(LoraAdapter adapter)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        return !adapter.Settings.EnsureWeightTying && adapter.Saved.Keys.Any(name => IsOutput(name) || IsEmbedding(name));
    }

    /// <summary>The adapter as it goes with a model: one that is tied has no output layer to be replaced.</summary>
    /// <exception cref="InvalidDataException">
    /// It changes the output layer of a tied model apart from the embeddings, or has embeddings for another vocabulary.
    /// </exception>
    public static LoraAdapter Fit(LoraAdapter adapter, BaseModel model)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentNullException.ThrowIfNull(model);
        RequireVocabulary(adapter, model);
        if (adapter.Modules.ContainsKey(Output)
            && model.Network is DecoderModel { PredictsTokens: true } decoder
            && decoder.Layout.Linears.All(layer => layer.Name != Output))
        {
            throw new InvalidDataException(
                $"The adapter adapts '{Output}', but the output layer of {model.Folder} is its word embeddings (tie_word_embeddings); that is not "
                + $"supported. Train without {Output} among the target modules.");
        }

        if (model.Network is not DecoderModel { Tied: true } || adapter.Saved.Keys.FirstOrDefault(IsOutput) is not { } output)
        {
            return adapter;
        }

        DenseTensor? embeddings = adapter.Saved.FirstOrDefault(saved => IsEmbedding(saved.Key)).Value;
        return embeddings is not null && embeddings.Values.AsSpan().SequenceEqual(adapter.Saved[output].Values)
            ? new LoraAdapter(adapter.Settings, adapter.Modules, adapter.Saved.Where(saved => saved.Key != output))
            : throw new InvalidDataException(
                $"The adapter brings '{output}', which is not its word embeddings, but ties the two as {model.Folder} does (ensure_weight_tying); "
                + "save them as one, or train without ensure_weight_tying.");
    }

    private static void RequireVocabulary(LoraAdapter adapter, BaseModel model)
    {
        (string name, DenseTensor? tensor) = adapter.Saved.FirstOrDefault(saved => IsEmbedding(saved.Key));
        if (tensor is not null && tensor.Shape[0] != model.Network.VocabularySize)
        {
            throw new InvalidDataException(
                $"The adapter's tensor {name} has {tensor.Shape[0]} rows, but vocab_size of {model.Folder} is {model.Network.VocabularySize}: it was "
                + "trained with a resized vocabulary. "
                + "Write a model of both with 'edgeflora merge', and use that one alone.");
        }
    }

    private static bool IsOutput(string name) => name == $"{Output}.weight";

    private static bool IsEmbedding(string name) => Embeddings.Any(ending => ModuleNames.IsTarget(name, ending));
}
