namespace EdgeFlora.Learning.Models;

/// <summary>
/// What decoders have in common around their blocks: word embeddings, and scores of the next token by the same embeddings or by <c>lm_head</c>.
/// Families add the blocks.
/// </summary>
public abstract class DecoderModel : ILanguageModel
{
    private LinearLayer? output;

    /// <param name="words">Name of the word embeddings.</param>
    /// <param name="tied">Whether the word embeddings serve as output weights too.</param>
    protected DecoderModel(string words, int vocabularySize, int hiddenSize, int maxTokens, bool tied)
    {
        VocabularySize = vocabularySize;
        HiddenSize = hiddenSize;
        MaxTokens = maxTokens;
        Tied = tied;
        Words = Layout.Declare(words, vocabularySize, hiddenSize);
    }

    public ModelLayout Layout { get; } = new();

    public int VocabularySize { get; }

    public int HiddenSize { get; }

    public int MaxTokens { get; }

    /// <summary>False: a decoder reads the two texts of a pair as one.</summary>
    public bool TakesPairs => false;

    public bool PredictsTokens => output is not null;

    /// <summary>Whether the word embeddings serve as output weights too.</summary>
    public bool Tied { get; private set; }

    /// <summary>[vocabulary × hidden].</summary>
    protected Parameter Words { get; }

    public abstract T Encode<T>(IOperations<T> ops, TokenBatch batch);

    public T Logits<T>(IOperations<T> ops, T hidden, ReadOnlyMemory<int> rows)
    {
        ArgumentNullException.ThrowIfNull(ops);
        return output is null
            ? throw new InvalidOperationException("The checkpoint has no lm_head, and its embeddings are not tied: it predicts no tokens.")
            : ops.Linear(ops.SelectRows(hidden, rows), output);
    }

    public IClassificationHead Head(int labels) => new LastTokenHead(HiddenSize, labels);

    /// <summary>
    /// Gives a tied output layer a parameter of its own, <c>lm_head.weight</c>, with the values of the word embeddings: an adapter may then replace
    /// one of the two.
    /// </summary>
    internal void SetOutputApart()
    {
        if (Tied)
        {
            Tied = false;
            output = new LinearLayer(
                "lm_head", Layout.Compute("lm_head.weight", new ParameterFormula(Words, Compute: null), VocabularySize, HiddenSize), bias: null);
        }
    }

    /// <summary>Declares the output weights, after the blocks.</summary>
    /// <param name="published">Whether the checkpoint has <c>lm_head</c>; read only if the embeddings are not tied.</param>
    protected void DeclareOutput(bool published)
    {
        if (Tied)
        {
            output = new LinearLayer("lm_head", Words, bias: null);
        }
        else if (published)
        {
            output = Layout.Linear("lm_head", HiddenSize, VocabularySize, bias: false);
        }
    }
}
