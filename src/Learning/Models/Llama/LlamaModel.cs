namespace EdgeFlora.Learning.Models.Llama;

/// <summary>The LLaMA decoder (arXiv 2302.13971) and its relatives, written over <see cref="IOperations{T}"/>; tensors bear the names that Transformers publishes.</summary>
public sealed class LlamaModel : ILanguageModel
{
    private readonly Parameter words;
    private readonly LlamaLayer[] layers;
    private readonly RmsNormLayer norm;
    private readonly LinearLayer? output;

    /// <param name="outputWeights">Whether the checkpoint has <c>lm_head</c>; read only if the embeddings are not tied.</param>
    public LlamaModel(LlamaConfig config, bool outputWeights)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        words = Layout.Declare("model.embed_tokens.weight", config.VocabularySize, config.HiddenSize);
        layers = [.. Enumerable.Range(0, config.Layers).Select(i => new LlamaLayer(Layout, config, $"model.layers.{i}", config.Windows[i]))];
        norm = new RmsNormLayer(Layout, "model.norm", config.HiddenSize, config.NormEpsilon);
        if (config.TiedEmbeddings)
        {
            output = new LinearLayer("lm_head", words, bias: null);
        }
        else if (outputWeights)
        {
            output = Layout.Linear("lm_head", config.HiddenSize, config.VocabularySize, bias: false);
        }
    }

    public LlamaConfig Config { get; }

    public ModelLayout Layout { get; } = new();

    public int VocabularySize => Config.VocabularySize;

    public int HiddenSize => Config.HiddenSize;

    public int MaxTokens => Config.MaxPositions;

    /// <summary>False: a decoder reads the two texts of a pair as one.</summary>
    public bool TakesPairs => false;

    public bool PredictsTokens => output is not null;

    public T Encode<T>(IOperations<T> ops, TokenBatch batch)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(batch);
        T hidden = ops.Embedding(words, batch.Ids);
        foreach (LlamaLayer layer in layers)
        {
            hidden = layer.Forward(ops, hidden, batch);
        }

        return ops.RmsNorm(hidden, norm);
    }

    public T Logits<T>(IOperations<T> ops, T hidden, ReadOnlyMemory<int> rows)
    {
        ArgumentNullException.ThrowIfNull(ops);
        return output is null
            ? throw new InvalidOperationException("The checkpoint has no lm_head, and its embeddings are not tied: it predicts no tokens.")
            : ops.Linear(ops.SelectRows(hidden, rows), output);
    }

    public IClassificationHead Head(int labels) => new LastTokenHead(HiddenSize, labels);
}
