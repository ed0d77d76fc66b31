namespace EdgeFlora.Learning.Models.Bert;

/// <summary>One block of the encoder: self-attention and feed-forward, each followed by a residual sum and a layer norm.</summary>
public sealed class BertLayer
{
    private readonly AttentionShape heads;
    private readonly LinearLayer query;
    private readonly LinearLayer key;
    private readonly LinearLayer value;
    private readonly LinearLayer attentionOutput;
    private readonly NormLayer attentionNorm;
    private readonly LinearLayer intermediate;
    private readonly LinearLayer output;
    private readonly NormLayer outputNorm;

    /// <param name="name">E.g. <c>bert.encoder.layer.0</c>.</param>
    public BertLayer(ModelLayout layout, BertConfig config, string name)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(config);
        int width = config.HiddenSize;
        heads = AttentionShape.Full(config.Heads);
        query = layout.Linear($"{name}.attention.self.query", width, width);
        key = layout.Linear($"{name}.attention.self.key", width, width);
        value = layout.Linear($"{name}.attention.self.value", width, width);
        attentionOutput = layout.Linear($"{name}.attention.output.dense", width, width);
        attentionNorm = new NormLayer(layout, $"{name}.attention.output.LayerNorm", width, config.NormEpsilon);
        intermediate = layout.Linear($"{name}.intermediate.dense", width, config.IntermediateSize);
        output = layout.Linear($"{name}.output.dense", config.IntermediateSize, width);
        outputNorm = new NormLayer(layout, $"{name}.output.LayerNorm", width, config.NormEpsilon);
    }

    /// <summary>[tokens × hidden] to [tokens × hidden].</summary>
    public T Forward<T>(IOperations<T> ops, T input, ReadOnlyMemory<int> starts)
    {
        ArgumentNullException.ThrowIfNull(ops);
        T context = ops.Attention(ops.Linear(input, query), ops.Linear(input, key), ops.Linear(input, value), heads, starts);
        T attended = ops.LayerNorm(ops.Add(input, ops.Linear(context, attentionOutput)), attentionNorm);
        T expanded = ops.Gelu(ops.Linear(attended, intermediate));
        return ops.LayerNorm(ops.Add(attended, ops.Linear(expanded, output)), outputNorm);
    }
}
