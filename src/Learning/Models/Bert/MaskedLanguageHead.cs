namespace EdgeFlora.Learning.Models.Bert;

/// <summary>Guesses masked tokens: dense, GELU, layer norm, then the word embeddings once more as output weights.</summary>
public sealed class MaskedLanguageHead
{
    private readonly LinearLayer transform;
    private readonly NormLayer norm;
    private readonly LinearLayer decoder;

    /// <summary>Declares the head's tensors in <paramref name="layout"/>, which may be the model's own.</summary>
    public MaskedLanguageHead(BertModel model, ModelLayout layout)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(layout);
        int width = model.Config.HiddenSize;
        transform = layout.Linear("cls.predictions.transform.dense", width, width);
        norm = new NormLayer(layout, "cls.predictions.transform.LayerNorm", width, model.Config.NormEpsilon);
        Parameter bias = layout.Declare("cls.predictions.bias", model.Config.VocabularySize);
        decoder = new LinearLayer("cls.predictions.decoder", model.WordEmbeddings, bias);
    }

    /// <summary>Scores of every word of the vocabulary at the named tokens: [rows × vocabulary].</summary>
    public T Forward<T>(IOperations<T> ops, T hidden, ReadOnlyMemory<int> rows)
    {
        ArgumentNullException.ThrowIfNull(ops);
        T masked = ops.Gelu(ops.Linear(ops.SelectRows(hidden, rows), transform));
        return ops.Linear(ops.LayerNorm(masked, norm), decoder);
    }
}
