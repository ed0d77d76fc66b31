namespace EdgeFlora.Learning.Models.Llama;

/// <summary>Reads models of type <c>llama</c> and of the types that differ from it in settings alone.</summary>
internal static class LlamaFamily
{
    public static IReadOnlyList<ModelFamily> All { get; } = [Of("llama"), Of("mistral"), Of("qwen2")];

    private static ModelFamily Of(string type) => new(
        [type],
        (config, tensors) => new LlamaModel(LlamaConfig.Read(config, type), outputWeights: tensors.Tensors.ContainsKey("lm_head.weight")),
        IsKnown);

    /// <summary>
    /// The classifier's head, a tied head written twice, and frequencies that old checkpoints saved though the configuration gives them.
    /// </summary>
    private static bool IsKnown(string name) =>
        name is "lm_head.weight" or "score.weight" || name.EndsWith(".self_attn.rotary_emb.inv_freq", StringComparison.Ordinal);
}
