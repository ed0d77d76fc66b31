namespace EdgeFlora.Learning.Models.Llama;

/// <summary>
/// The LLaMA decoder (arXiv 2302.13971) and its relatives, written over <see cref="IOperations{T}"/>; tensors bear the names that Transformers
/// publishes.
/// </summary>
public sealed class LlamaModel : DecoderModel
{
    private readonly LlamaLayer[] layers;
    private readonly RmsNormLayer norm;

    /// <param name="outputWeights">Whether the checkpoint has <c>lm_head</c>; read only if the embeddings are not tied.</param>
    public LlamaModel(LlamaConfig config, bool outputWeights)
        : base("model.embed_tokens.weight", config.VocabularySize, config.HiddenSize, config.MaxPositions, config.TiedEmbeddings)
    {
        Config = config;
        layers = [.. Enumerable.Range(0, config.Layers).Select(i => new LlamaLayer(Layout, config, $"model.layers.{i}", config.Windows[i]))];
        norm = new RmsNormLayer(Layout, "model.norm", config.HiddenSize, config.NormEpsilon);
        DeclareOutput(outputWeights);
    }

    public LlamaConfig Config { get; }

    public override T Encode<T>(IOperations<T> ops, TokenBatch batch)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(batch);
        T hidden = ops.Block((Words, batch.Ids), static (block, of) => block.Embedding(of.Words, of.Ids));
        foreach (LlamaLayer layer in layers)
        {
            hidden = ops.Block(hidden, (layer, batch), static (block, input, of) => of.layer.Forward(block, input, of.batch));
        }

        return ops.RmsNorm(hidden, norm);
    }
}
