using EdgeFlora.Learning.Kernels;

namespace EdgeFlora.Learning.Models.UseLite;

/// <summary>One block: self-attention and feed-forward, each after a layer norm and beside a residual sum.</summary>
internal sealed class UseLiteLayer
{
    private readonly UseLiteConfig config;
    private readonly int width;
    private readonly AttentionShape heads;
    private readonly NormLayer attentionNorm;
    private readonly LinearLayer queryKeyValue;
    private readonly LinearLayer attentionOutput;
    private readonly LinearLayer? residual;
    private readonly NormLayer feedForwardNorm;
    private readonly LinearLayer up;
    private readonly LinearLayer down;

    public UseLiteLayer(ModelLayout layout, UseLiteConfig config, int index)
    {
        this.config = config;
        string name = $"encoder.layer.{index}";
        int input = index == 0 ? config.EmbeddingSize : config.HiddenSize;
        width = checked(config.Heads * config.HeadWidths[index]);
        heads = AttentionShape.Full(config.Heads);
        attentionNorm = new NormLayer(layout, $"{name}.attention.ln", input, config.NormEpsilon);
        queryKeyValue = layout.Linear($"{name}.attention.qkv", input, checked(3 * width));
        attentionOutput = layout.Linear($"{name}.attention.output", width, config.HiddenSize);
        residual = input == config.HiddenSize ? null : layout.Linear($"{name}.residual", input, config.HiddenSize);
        feedForwardNorm = new NormLayer(layout, $"{name}.ffn.ln", config.HiddenSize, config.NormEpsilon);
        up = layout.Linear($"{name}.ffn.up", config.HiddenSize, config.IntermediateSize);
        down = layout.Linear($"{name}.ffn.down", config.IntermediateSize, config.HiddenSize);
    }

    /// <summary>[tokens × width of the input] to [tokens × hidden].</summary>
    public T Forward<T>(IOperations<T> ops, T input, ReadOnlyMemory<int> starts)
    {
        T all = ops.Linear(ops.LayerNorm(input, attentionNorm), queryKeyValue);
        T context = ops.Attention(ops.Columns(all, 0, width), ops.Columns(all, width, width), ops.Columns(all, 2 * width, width), heads, starts);
        T attended = ops.Add(ops.Linear(context, attentionOutput), residual is null ? input : ops.Linear(input, residual));
        T expanded = config.Activation.Apply(ops, ops.Linear(ops.LayerNorm(attended, feedForwardNorm), up));
        return ops.Add(attended, ops.Linear(expanded, down));
    }
}
