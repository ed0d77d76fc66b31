using EdgeFlora.Learning.Models.Bert;

namespace EdgeFlora.Learning.Models.Roberta;

/// <summary>
/// The encoder of RoBERTa (arXiv 1907.11692) and XLM-RoBERTa (arXiv 1911.02116): BERT's, with positions that begin after the padding token's id and
/// without segments.
/// </summary>
public sealed class RobertaModel : INetwork
{
    private readonly RobertaConfig config;
    private readonly Parameter words;
    private readonly Parameter positions;
    private readonly Parameter segments;
    private readonly NormLayer embeddingNorm;
    private readonly BertLayers layers;

    public RobertaModel(RobertaConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        this.config = config;
        BertConfig sizes = config.Encoder;
        words = Layout.Declare("roberta.embeddings.word_embeddings.weight", sizes.VocabularySize, sizes.HiddenSize);
        positions = Layout.Declare("roberta.embeddings.position_embeddings.weight", sizes.MaxPositions, sizes.HiddenSize);
        segments = Layout.Declare("roberta.embeddings.token_type_embeddings.weight", sizes.SegmentTypes, sizes.HiddenSize);
        embeddingNorm = new NormLayer(Layout, "roberta.embeddings.LayerNorm", sizes.HiddenSize, sizes.NormEpsilon);
        layers = new BertLayers(Layout, sizes, i => BertLayerNames.Of($"roberta.encoder.layer.{i}"));
    }

    public ModelLayout Layout { get; } = new();

    public int VocabularySize => config.Encoder.VocabularySize;

    public int HiddenSize => config.Encoder.HiddenSize;

    public int MaxTokens => config.MaxTokens;

    /// <summary>The tokenizer puts separators between the texts, and the model was trained with them.</summary>
    public bool TakesPairs => true;

    public T Encode<T>(IOperations<T> ops, TokenBatch batch)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(batch);
        T hidden = ops.Block((model: this, batch), static (block, of) => of.model.Embed(block, of.batch));
        return layers.Forward(ops, hidden, batch);
    }

    public IClassificationHead Head(int labels) => new RobertaClassificationHead(HiddenSize, labels);

    private T Embed<T>(IOperations<T> ops, TokenBatch batch)
    {
        T sum = ops.Add(ops.Embedding(words, batch.Ids), ops.Embedding(positions, batch.PositionsFrom(config.FirstPosition)));
        return ops.LayerNorm(ops.Add(sum, ops.Embedding(segments, batch.Zeros())), embeddingNorm);
    }
}
