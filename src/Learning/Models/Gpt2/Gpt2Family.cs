namespace EdgeFlora.Learning.Models.Gpt2;

/// <summary>Reads models of type <c>gpt2</c>.</summary>
internal static class Gpt2Family
{
    public static ModelFamily Instance { get; } = new(
        ["gpt2"],
        (config, tensors) => new Gpt2Model(Gpt2Config.Read(config), outputWeights: tensors.Tensors.ContainsKey("lm_head.weight")),
        IsKnown);

    /// <summary>The classifier's head, a tied head written twice, and the constant masks that checkpoints carry.</summary>
    private static bool IsKnown(string name) =>
        name is "lm_head.weight" or "score.weight"
        || name.EndsWith(".attn.bias", StringComparison.Ordinal)
        || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal);
}
