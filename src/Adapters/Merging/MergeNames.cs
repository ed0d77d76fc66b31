using System.Text.Json.Nodes;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Merging;

/// <summary>The names of a base's tensors: those of its file, and those that its family publishes, by which adapters call them.</summary>
internal sealed class MergeNames
{
    private readonly BaseModelFamily? family;
    private readonly Dictionary<string, string> inFile;
    private readonly bool gpt2;
    private readonly bool wrapped;

    public MergeNames(JsonObject config, SafetensorsSet weights)
    {
        string? type = config["model_type"] is JsonValue value && value.TryGetValue(out string? name) ? name : null;
        gpt2 = type == "gpt2";
        family = type is null ? null : BaseModelFamilies.Find(type);
        wrapped = BaseModelFamily.Wrapper([.. weights.Tensors.Keys]).Length > 0;
        Func<string, string> published = family?.Published(weights.Tensors.Keys) ?? (own => own);
        inFile = weights.Tensors.Keys.ToDictionary(published, own => own, StringComparer.Ordinal);
        Weights = weights.Renamed(published);
        TiedByDefault = family?.Tied == true;
    }

    /// <summary>The tensors under the names that the family publishes; of a family that is not known under their own.</summary>
    public SafetensorsSet Weights { get; }

    /// <summary>Whether the output layer is the word embeddings where the configuration does not say.</summary>
    public bool TiedByDefault { get; }

    public bool LacksPooler =>
        family?.Types.Contains("bert", StringComparer.Ordinal) == true && !Weights.Tensors.ContainsKey("bert.pooler.dense.weight");

    /// <summary>
    /// The tensor that an adapter means by a name; null if there is none. An adapter that was trained on the model without a head leaves the family's
    /// prefix out; one of a family that is not known may have a prefix that the checkpoint lacks.
    /// </summary>
    public string? Locate(string name)
    {
        string prefixed = family?.Prefixed(name) ?? name;
        string shorter = name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..];
        return Weights.Tensors.ContainsKey(name) ? name
            : Weights.Tensors.ContainsKey(prefixed) ? prefixed
            : family is null && shorter.Contains('.', StringComparison.Ordinal) && Weights.Tensors.ContainsKey(shorter) ? shorter
            : null;
    }

    /// <summary>Models of other families may call an ordinary linear layer <c>c_attn</c>.</summary>
    public bool IsTransposed(string module) => gpt2 && TransposedLayers.Holds(module);

    /// <summary>What a tensor is called in the merged file.</summary>
    /// <param name="grown">
    /// Whether the model has a layer that the base has not: then all names are the published ones, else those of the base's file, if a reader takes
    /// them.
    /// </param>
    public string InFile(string name, bool grown) => grown || wrapped ? name : inFile.GetValueOrDefault(name, name);
}
