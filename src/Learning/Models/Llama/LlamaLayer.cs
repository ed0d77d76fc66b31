using EdgeFlora.Learning.Kernels;

namespace EdgeFlora.Learning.Models.Llama;

/// <summary>One block of the decoder: causal self-attention with rotary positions, then a gated feed-forward part; each on a normalised copy and added to what came in.</summary>
public sealed class LlamaLayer
{
    private readonly AttentionShape shape;
    private readonly RotaryTable rotary;
    private readonly RmsNormLayer inputNorm;
    private readonly LinearLayer query;
    private readonly LinearLayer key;
    private readonly LinearLayer value;
    private readonly LinearLayer attentionOutput;
    private readonly RmsNormLayer attentionNorm;
    private readonly LinearLayer gate;
    private readonly LinearLayer up;
    private readonly LinearLayer down;

    /// <param name="name">E.g. <c>model.layers.0</c>.</param>
    /// <param name="window">Tokens that a token sees, itself included; null for all.</param>
    public LlamaLayer(ModelLayout layout, LlamaConfig config, string name, int? window)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(config);
        (int width, int inner, int head) = (config.HiddenSize, config.IntermediateSize, config.HeadWidth);
        shape = new AttentionShape(config.Heads, config.KeyHeads, causal: true, window);
        rotary = config.Rotary;
        inputNorm = new RmsNormLayer(layout, $"{name}.input_layernorm", width, config.NormEpsilon);
        query = layout.Linear($"{name}.self_attn.q_proj", width, config.Heads * head, config.QueryKeyValueBias);
        key = layout.Linear($"{name}.self_attn.k_proj", width, config.KeyHeads * head, config.QueryKeyValueBias);
        value = layout.Linear($"{name}.self_attn.v_proj", width, config.KeyHeads * head, config.QueryKeyValueBias);
        attentionOutput = layout.Linear($"{name}.self_attn.o_proj", config.Heads * head, width, config.AttentionOutputBias);
        attentionNorm = new RmsNormLayer(layout, $"{name}.post_attention_layernorm", width, config.NormEpsilon);
        gate = layout.Linear($"{name}.mlp.gate_proj", width, inner, config.FeedForwardBias);
        up = layout.Linear($"{name}.mlp.up_proj", width, inner, config.FeedForwardBias);
        down = layout.Linear($"{name}.mlp.down_proj", inner, width, config.FeedForwardBias);
    }

    /// <summary>[tokens × hidden] to [tokens × hidden].</summary>
    public T Forward<T>(IOperations<T> ops, T input, TokenBatch batch)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(batch);
        T normal = ops.RmsNorm(input, inputNorm);
        T queries = ops.Rotary(ops.Linear(normal, query), shape.Heads, rotary, batch.Positions);
        T keys = ops.Rotary(ops.Linear(normal, key), shape.KeyHeads, rotary, batch.Positions);
        T context = ops.Attention(queries, keys, ops.Linear(normal, value), shape, batch.Starts);
        T attended = ops.Add(input, ops.Linear(context, attentionOutput));
        normal = ops.RmsNorm(attended, attentionNorm);
        T gated = ops.Multiply(ops.Silu(ops.Linear(normal, gate)), ops.Linear(normal, up));
        return ops.Add(attended, ops.Linear(gated, down));
    }
}
