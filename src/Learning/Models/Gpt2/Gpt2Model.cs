namespace EdgeFlora.Learning.Models.Gpt2;

/// <summary>The GPT-2 decoder written over <see cref="IOperations{T}"/>; tensors bear the names that Transformers publishes.</summary>
public sealed class Gpt2Model : ILanguageModel
{
    private readonly Parameter words;
    private readonly Parameter positions;
    private readonly Gpt2Layer[] layers;
    private readonly NormLayer norm;
    private readonly LinearLayer? output;

    /// <param name="outputWeights">Whether the checkpoint has <c>lm_head</c>; read only if the embeddings are not tied.</param>
    public Gpt2Model(Gpt2Config config, bool outputWeights)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        words = Layout.Declare("transformer.wte.weight", config.VocabularySize, config.HiddenSize);
        positions = Layout.Declare("transformer.wpe.weight", config.MaxPositions, config.HiddenSize);
        layers = [.. Enumerable.Range(0, config.Layers).Select(i => new Gpt2Layer(Layout, config, $"transformer.h.{i}"))];
        norm = new NormLayer(Layout, "transformer.ln_f", config.HiddenSize, config.NormEpsilon);
        if (config.TiedEmbeddings)
        {
            output = new LinearLayer("lm_head", words, bias: null);
        }
        else if (outputWeights)
        {
            output = Layout.Linear("lm_head", config.HiddenSize, config.VocabularySize, bias: false);
        }
    }

    public Gpt2Config Config { get; }

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
        T hidden = ops.Add(ops.Embedding(words, batch.Ids), ops.Embedding(positions, batch.Positions));
        foreach (Gpt2Layer layer in layers)
        {
            hidden = layer.Forward(ops, hidden, batch.Starts);
        }

        return ops.LayerNorm(hidden, norm);
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
