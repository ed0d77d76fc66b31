namespace EdgeFlora.Adapters.BaseModels;

/// <summary>What must be known of the models of one family to begin an adapter for them, without running them.</summary>
/// <param name="Types">Values of <c>model_type</c> that mean this family.</param>
/// <param name="Prefix">What names of the model's own tensors begin with once it has a head: <c>bert.</c>; empty if nothing.</param>
/// <param name="Roots">First components of those names after the prefix: a checkpoint saved without a head has them bare.</param>
/// <param name="Layers">Where the layers to adapt lie: heads for other tasks may hold some of the same name.</param>
/// <param name="Width">The setting with the width of a token vector.</param>
/// <param name="Head">The layers of the classification head, the last giving the scores.</param>
/// <param name="Targets">What LoRA is usually put on: the projections of queries and values, or the one layer that makes both.</param>
/// <param name="Tied">
/// Of a decoder: whether its word embeddings serve as output weights too where the configuration does not say. Null for an encoder, which predicts no
/// tokens.
/// </param>
internal sealed record BaseModelFamily(
    IReadOnlyList<string> Types, string Prefix, IReadOnlyList<string> Roots, string Layers, string Width, IReadOnlyList<HeadLayer> Head,
    IReadOnlyList<string> Targets, bool? Tied = null)
{
    // What wrappers put before every name, where the wrapped model was saved: data parallelism and torch.compile.
    private static readonly string[] Wrappers = ["module.", "_orig_mod."];

    /// <summary>From the names in a checkpoint to those that the family publishes today.</summary>
    /// <param name="names">All names of the checkpoint.</param>
    public Func<string, string> Published(IEnumerable<string> names)
    {
        string[] all = [.. names];
        string wrapper = Wrapper(all);
        bool bare = Prefix.Length > 0 && !all.Any(name => name.StartsWith(wrapper + Prefix, StringComparison.Ordinal));
        return name => Modern(bare ? Prefixed(name[wrapper.Length..]) : name[wrapper.Length..]);
    }

    /// <summary>What a wrapper put before all names of a checkpoint; empty for nothing.</summary>
    public static string Wrapper(IReadOnlyCollection<string> names) =>
        Wrappers.FirstOrDefault(before => names.Count > 0 && names.All(name => name.StartsWith(before, StringComparison.Ordinal))) ?? "";

    /// <summary>The name that a tensor or module of the model without a head has once the model has one.</summary>
    public string Prefixed(string name) => Roots.Contains(name.Split('.')[0], StringComparer.Ordinal) ? Prefix + name : name;

    /// <summary>Checkpoints that came from TensorFlow call the weight and bias of a norm gamma and beta.</summary>
    private static string Modern(string name) =>
        name.EndsWith("LayerNorm.gamma", StringComparison.Ordinal) ? $"{name[..^"gamma".Length]}weight"
        : name.EndsWith("LayerNorm.beta", StringComparison.Ordinal) ? $"{name[..^"beta".Length]}bias"
        : name;
}
