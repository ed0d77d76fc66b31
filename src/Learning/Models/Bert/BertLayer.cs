using EdgeFlora.Learning.Kernels;

namespace EdgeFlora.Learning.Models.Bert;

/// <summary>One block of the encoder: self-attention and feed-forward, each followed by a residual sum and a layer norm.</summary>
public sealed class BertLayer
{
    private readonly AttentionShape heads;
    private readonly HiddenActivation activation;
    private readonly LinearLayer query;
    private readonly LinearLayer key;
    private readonly LinearLayer value;
    private readonly LinearLayer attentionOutput;
    private readonly NormLayer attentionNorm;
    private readonly LinearLayer intermediate;
    private readonly LinearLayer output;
    private readonly NormLayer outputNorm;

    public BertLayer(ModelLayout layout, BertConfig config, BertLayerNames names)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(names);
        int width = config.HiddenSize;
        heads = AttentionShape.Full(config.Heads);
        activation = config.Activation;
        query = layout.Linear(names.Query, width, width);
        key = layout.Linear(names.Key, width, width);
        value = layout.Linear(names.Value, width, width);
        attentionOutput = layout.Linear(names.AttentionOutput, width, width);
        attentionNorm = new NormLayer(layout, names.AttentionNorm, width, config.NormEpsilon);
        intermediate = layout.Linear(names.Intermediate, width, config.IntermediateSize);
        output = layout.Linear(names.Output, config.IntermediateSize, width);
        outputNorm = new NormLayer(layout, names.OutputNorm, width, config.NormEpsilon);
    }

    /// <summary>[tokens × hidden] to [tokens × hidden].</summary>
    public T Forward<T>(IOperations<T> ops, T input, ReadOnlyMemory<int> starts)
    {
        ArgumentNullException.ThrowIfNull(ops);
        T context = ops.Attention(ops.Linear(input, query), ops.Linear(input, key), ops.Linear(input, value), heads, starts);
        T attended = ops.LayerNorm(ops.Add(input, ops.Linear(context, attentionOutput)), attentionNorm);
        T expanded = activation.Apply(ops, ops.Linear(attended, intermediate));
        return ops.LayerNorm(ops.Add(attended, ops.Linear(expanded, output)), outputNorm);
    }
}
