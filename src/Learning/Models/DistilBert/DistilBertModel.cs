using EdgeFlora.Learning.Models.Bert;

namespace EdgeFlora.Learning.Models.DistilBert;

/// <summary>The encoder of DistilBERT (arXiv 1910.01108): BERT's layers under other names, without segments and pooler.</summary>
public sealed class DistilBertModel : INetwork
{
    private readonly BertConfig config;
    private readonly Parameter words;
    private readonly Parameter positions;
    private readonly NormLayer embeddingNorm;
    private readonly BertLayers layers;

    /// <param name="config">Sizes; segments are passed over.</param>
    public DistilBertModel(BertConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        this.config = config;
        words = Layout.Declare("distilbert.embeddings.word_embeddings.weight", config.VocabularySize, config.HiddenSize);
        positions = Layout.Declare("distilbert.embeddings.position_embeddings.weight", config.MaxPositions, config.HiddenSize);
        embeddingNorm = new NormLayer(Layout, "distilbert.embeddings.LayerNorm", config.HiddenSize, config.NormEpsilon);
        layers = new BertLayers(Layout, config, i => Names($"distilbert.transformer.layer.{i}"));
    }

    public ModelLayout Layout { get; } = new();

    public int VocabularySize => config.VocabularySize;

    public int HiddenSize => config.HiddenSize;

    public int MaxTokens => config.MaxPositions;

    /// <summary>The tokenizer puts a separator between the texts; segments the model has none.</summary>
    public bool TakesPairs => true;

    public T Encode<T>(IOperations<T> ops, TokenBatch batch)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(batch);
        T hidden = ops.Block((model: this, batch), static (block, of) => of.model.Embed(block, of.batch));
        return layers.Forward(ops, hidden, batch);
    }

    public IClassificationHead Head(int labels) => new DistilBertClassificationHead(HiddenSize, labels);

    private T Embed<T>(IOperations<T> ops, TokenBatch batch) =>
        ops.LayerNorm(ops.Add(ops.Embedding(words, batch.Ids), ops.Embedding(positions, batch.Positions)), embeddingNorm);

    private static BertLayerNames Names(string layer) => new()
    {
        Query = $"{layer}.attention.q_lin",
        Key = $"{layer}.attention.k_lin",
        Value = $"{layer}.attention.v_lin",
        AttentionOutput = $"{layer}.attention.out_lin",
        AttentionNorm = $"{layer}.sa_layer_norm",
        Intermediate = $"{layer}.ffn.lin1",
        Output = $"{layer}.ffn.lin2",
        OutputNorm = $"{layer}.output_layer_norm",
    };
}
