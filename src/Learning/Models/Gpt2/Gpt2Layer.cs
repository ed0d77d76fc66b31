using EdgeFlora.Learning.Kernels;

namespace EdgeFlora.Learning.Models.Gpt2;

/// <summary>One block of the decoder: causal self-attention and feed-forward, each on a normalised copy and added to what came in.</summary>
public sealed class Gpt2Layer
{
    private readonly AttentionShape shape;
    private readonly int width;
    private readonly HiddenActivation activation;
    private readonly NormLayer attentionNorm;
    private readonly LinearLayer queryKeyValue;
    private readonly LinearLayer attentionOutput;
    private readonly NormLayer feedForwardNorm;
    private readonly LinearLayer expand;
    private readonly LinearLayer contract;

    /// <param name="name">E.g. <c>transformer.h.0</c>.</param>
    public Gpt2Layer(ModelLayout layout, Gpt2Config config, string name)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(config);
        width = config.HiddenSize;
        activation = config.Activation;
        shape = new AttentionShape(config.Heads, config.Heads, causal: true);
        attentionNorm = new NormLayer(layout, $"{name}.ln_1", width, config.NormEpsilon);
        queryKeyValue = layout.Linear($"{name}.attn.c_attn", width, 3 * width, transposed: true);
        attentionOutput = layout.Linear($"{name}.attn.c_proj", width, width, transposed: true);
        feedForwardNorm = new NormLayer(layout, $"{name}.ln_2", width, config.NormEpsilon);
        expand = layout.Linear($"{name}.mlp.c_fc", width, config.IntermediateSize, transposed: true);
        contract = layout.Linear($"{name}.mlp.c_proj", config.IntermediateSize, width, transposed: true);
    }

    /// <summary>[tokens × hidden] to [tokens × hidden].</summary>
    public T Forward<T>(IOperations<T> ops, T input, ReadOnlyMemory<int> starts)
    {
        ArgumentNullException.ThrowIfNull(ops);
        T fused = ops.Linear(ops.LayerNorm(input, attentionNorm), queryKeyValue);
        T context = ops.Attention(
            ops.Columns(fused, 0, width), ops.Columns(fused, width, width), ops.Columns(fused, 2 * width, width), shape, starts);
        T attended = ops.Add(input, ops.Linear(context, attentionOutput));
        T expanded = activation.Apply(ops, ops.Linear(ops.LayerNorm(attended, feedForwardNorm), expand));
        return ops.Add(attended, ops.Linear(expanded, contract));
    }
}
