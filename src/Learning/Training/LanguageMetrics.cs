using EdgeFlora.Learning.Data;

namespace EdgeFlora.Learning.Training;

/// <summary>How well a model predicts texts.</summary>
/// <param name="Tokens">Number of tokens predicted.</param>
/// <param name="Loss">Mean cross-entropy of a token in nats.</param>
/// <param name="BitsPerByte">Cross-entropy in bits divided by the UTF-8 bytes of the text: comparable between tokenizers.</param>
public sealed record LanguageMetrics(long Tokens, double Loss, double BitsPerByte)
{
    /// <param name="loss">Sum of the cross-entropies of all tokens to predict, in nats.</param>
    /// <exception cref="TrainingDivergedException">The sum is not finite.</exception>
    internal static LanguageMetrics Of(double loss, IReadOnlyList<LanguageSequence> texts)
    {
        if (!double.IsFinite(loss))
        {
            throw new TrainingDivergedException($"The loss is {loss}; the adapter was trained with too high a learning rate, or on broken data.");
        }

        long count = texts.Sum(text => (long)text.Targets);
        return new LanguageMetrics(count, loss / count, loss / Math.Log(2) / texts.Sum(text => text.Bytes));
    }

    /// <summary>e^loss.</summary>
    public double Perplexity => Math.Exp(Loss);
}
