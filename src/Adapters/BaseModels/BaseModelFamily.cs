namespace EdgeFlora.Adapters.BaseModels;

/// <summary>What must be known of the models of one family to begin an adapter for them, without running them.</summary>
/// <param name="Types">Values of <c>model_type</c> that mean this family.</param>
/// <param name="Prefix">What names of the model's own tensors begin with once it has a head: <c>bert.</c>; empty if nothing.</param>
/// <param name="Roots">First components of those names after the prefix: a checkpoint saved without a head has them bare.</param>
/// <param name="Layers">Where the layers to adapt lie: heads for other tasks may hold some of the same name.</param>
/// <param name="Width">The setting with the width of a token vector.</param>
/// <param name="Head">The layers of the classification head, the last giving the scores.</param>
/// <param name="Targets">What LoRA is usually put on: the projections of queries and values, or the one layer that makes both.</param>
/// <param name="Tied">Of a decoder: whether its word embeddings serve as output weights too where the configuration does not say. Null for an encoder, which predicts no tokens.</param>
internal sealed record BaseModelFamily(
    IReadOnlyList<string> Types, string Prefix, IReadOnlyList<string> Roots, string Layers, string Width, IReadOnlyList<HeadLayer> Head, IReadOnlyList<string> Targets, bool? Tied = null)
{
    /// <summary>From the names in a checkpoint to those that the family publishes today.</summary>
    /// <param name="names">All names of the checkpoint.</param>
    public Func<string, string> Published(IEnumerable<string> names)
    {
        bool bare = Prefix.Length > 0 && !names.Any(name => name.StartsWith(Prefix, StringComparison.Ordinal));
        return name => Modern(bare && Roots.Contains(name.Split('.')[0], StringComparer.Ordinal) ? Prefix + name : name);
    }

    /// <summary>Checkpoints that came from TensorFlow call the weight and bias of a norm gamma and beta.</summary>
    private static string Modern(string name) =>
        name.EndsWith("LayerNorm.gamma", StringComparison.Ordinal) ? $"{name[..^"gamma".Length]}weight"
        : name.EndsWith("LayerNorm.beta", StringComparison.Ordinal) ? $"{name[..^"beta".Length]}bias"
        : name;
}
