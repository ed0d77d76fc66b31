namespace EdgeFlora.Learning.Models.UseLite;

/// <summary>
/// Universal Sentence Encoder Lite (arXiv 1803.11175): pre-norm blocks over sentence pieces, with positions as sines and cosines that nothing is
/// learnt of.
/// </summary>
/// <remarks>Names as in the folder that was made of the published model; there is no checkpoint of Transformers to take them from.</remarks>
public sealed class UseLiteNetwork : IPoolingNetwork
{
    // What the published graph multiplies word vectors by before positions are added.
    private const float WordScale = 2;

    private readonly UseLiteConfig config;
    private readonly Parameter words;
    private readonly Parameter positions;
    private readonly UseLiteLayer[] layers;
    private readonly LinearLayer pooler;

    public UseLiteNetwork(UseLiteConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        this.config = config;
        (int length, int width) = (config.MaxPositions, config.EmbeddingSize);
        words = Layout.Declare("embeddings.word_embeddings.weight", config.VocabularySize, width);
        Parameter timescales = Layout.Declare("embeddings.inv_timescales", width / 2);
        positions = Layout.Compute("embeddings.positions", new ParameterFormula(timescales, values => Waves(values, length)), length, width);
        layers = [.. config.HeadWidths.Select((_, i) => new UseLiteLayer(Layout, config, i))];
        pooler = Layout.Linear("pooler.dense", config.HiddenSize, config.HiddenSize);
    }

    public ModelLayout Layout { get; } = new();

    public int VocabularySize => config.VocabularySize;

    public int HiddenSize => config.HiddenSize;

    public int MaxTokens => config.MaxPositions;

    /// <summary>The tokenizer puts an end-of-sentence piece between the texts; what it means is learnt in fine-tuning.</summary>
    public bool TakesPairs => true;

    public T Encode<T>(IOperations<T> ops, TokenBatch batch)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(batch);
        T hidden = ops.Block((model: this, batch), static (block, of) => of.model.Embed(block, of.batch));
        foreach (UseLiteLayer layer in layers)
        {
            hidden = ops.Block(hidden, (layer, batch.Starts), static (block, input, of) => of.layer.Forward(block, input, of.Starts));
        }

        return hidden;
    }

    /// <summary>
    /// The sentence vector before it is scaled to length 1: tanh of a dense layer on the mean over the tokens, [sequences × hidden].
    /// </summary>
    public T Pool<T>(IOperations<T> ops, T hidden, TokenBatch batch)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(batch);
        return ops.Tanh(ops.Linear(ops.MeanPool(hidden, batch.Starts), pooler));
    }

    public IClassificationHead Head(int labels) => new PooledHead(this, labels);

    /// <summary>sin(t·s) for every inverse timescale s, then cos(t·s), for every position t: [length × 2·timescales].</summary>
    private static float[] Waves(float[] timescales, int length)
    {
        float[] waves = new float[2 * timescales.Length * length];
        for (int t = 0; t < length; t++)
        {
            Span<float> row = waves.AsSpan(2 * timescales.Length * t, 2 * timescales.Length);
            for (int i = 0; i < timescales.Length; i++)
            {
                (double sine, double cosine) = Math.SinCos((double)t * timescales[i]);
                (row[i], row[timescales.Length + i]) = ((float)sine, (float)cosine);
            }
        }

        return waves;
    }

    private T Embed<T>(IOperations<T> ops, TokenBatch batch) =>
        ops.Add(ops.Scale(ops.Embedding(words, batch.Ids), WordScale), ops.Embedding(positions, batch.Positions));
}
