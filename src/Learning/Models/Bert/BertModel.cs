namespace EdgeFlora.Learning.Models.Bert;

/// <summary>
/// The BERT encoder (arXiv 1810.04805) written over <see cref="IOperations{T}"/>; tensors bear the names that Transformers publishes.
/// </summary>
public sealed class BertModel : IPoolingNetwork
{
    private readonly Parameter words;
    private readonly Parameter positions;
    private readonly Parameter segments;
    private readonly NormLayer embeddingNorm;
    private readonly BertLayers layers;
    private readonly LinearLayer? pooler;

    /// <param name="pooler">Whether the checkpoint has <c>bert.pooler.dense</c>.</param>
    public BertModel(BertConfig config, bool pooler)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        Layout = new ModelLayout();
        words = Layout.Declare("bert.embeddings.word_embeddings.weight", config.VocabularySize, config.HiddenSize);
        positions = Layout.Declare("bert.embeddings.position_embeddings.weight", config.MaxPositions, config.HiddenSize);
        segments = Layout.Declare("bert.embeddings.token_type_embeddings.weight", config.SegmentTypes, config.HiddenSize);
        embeddingNorm = new NormLayer(Layout, "bert.embeddings.LayerNorm", config.HiddenSize, config.NormEpsilon);
        layers = new BertLayers(Layout, config, i => BertLayerNames.Of($"bert.encoder.layer.{i}"));
        this.pooler = pooler ? Layout.Linear("bert.pooler.dense", config.HiddenSize, config.HiddenSize) : null;
    }

    public BertConfig Config { get; }

    public ModelLayout Layout { get; }

    /// <summary>[vocabulary × hidden]; the masked-language head uses it again.</summary>
    public Parameter WordEmbeddings => words;

    public int VocabularySize => Config.VocabularySize;

    public int HiddenSize => Config.HiddenSize;

    public int MaxTokens => Config.MaxPositions;

    public bool TakesPairs => Config.SegmentTypes >= 2;

    public T Encode<T>(IOperations<T> ops, TokenBatch batch)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(batch);
        T hidden = ops.Block((model: this, batch), static (block, of) => of.model.Embed(block, of.batch));
        return layers.Forward(ops, hidden, batch);
    }

    /// <summary>
    /// One vector per sequence: [sequences × hidden]. With a trained pooler, tanh of its dense layer on the first token, as published; without one
    /// the mean over all tokens, for the first token of a model that was only trained to guess masked words says little about the sentence.
    /// </summary>
    public T Pool<T>(IOperations<T> ops, T hidden, TokenBatch batch)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(batch);
        return pooler is null
            ? ops.MeanPool(hidden, batch.Starts)
            : ops.Tanh(ops.Linear(ops.SelectRows(hidden, batch.Starts[..^1]), pooler));
    }

    public IClassificationHead Head(int labels) => new PooledHead(this, labels);

    private T Embed<T>(IOperations<T> ops, TokenBatch batch)
    {
        T sum = ops.Add(ops.Embedding(words, batch.Ids), ops.Embedding(positions, batch.Positions));
        return ops.LayerNorm(ops.Add(sum, ops.Embedding(segments, batch.Segments)), embeddingNorm);
    }
}
