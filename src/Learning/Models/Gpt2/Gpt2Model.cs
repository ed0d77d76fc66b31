namespace EdgeFlora.Learning.Models.Gpt2;

/// <summary>The GPT-2 decoder written over <see cref="IOperations{T}"/>; tensors bear the names that Transformers publishes.</summary>
public sealed class Gpt2Model : DecoderModel
{
    private readonly Parameter positions;
    private readonly Gpt2Layer[] layers;
    private readonly NormLayer norm;

    /// <param name="outputWeights">Whether the checkpoint has <c>lm_head</c>; read only if the embeddings are not tied.</param>
    public Gpt2Model(Gpt2Config config, bool outputWeights)
        : base("transformer.wte.weight", config.VocabularySize, config.HiddenSize, config.MaxPositions, config.TiedEmbeddings)
    {
        Config = config;
        positions = Layout.Declare("transformer.wpe.weight", config.MaxPositions, config.HiddenSize);
        layers = [.. Enumerable.Range(0, config.Layers).Select(i => new Gpt2Layer(Layout, config, $"transformer.h.{i}"))];
        norm = new NormLayer(Layout, "transformer.ln_f", config.HiddenSize, config.NormEpsilon);
        DeclareOutput(outputWeights);
    }

    public Gpt2Config Config { get; }

    public override T Encode<T>(IOperations<T> ops, TokenBatch batch)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(batch);
        T hidden = ops.Block((model: this, batch), static (block, of) => of.model.Embed(block, of.batch));
        foreach (Gpt2Layer layer in layers)
        {
            hidden = ops.Block(hidden, (layer, batch.Starts), static (block, input, of) => of.layer.Forward(block, input, of.Starts));
        }

        return ops.LayerNorm(hidden, norm);
    }

    private T Embed<T>(IOperations<T> ops, TokenBatch batch) => ops.Add(ops.Embedding(Words, batch.Ids), ops.Embedding(positions, batch.Positions));
}
