namespace EdgeFlora.Learning.Training;

/// <summary>How well a model predicts texts.</summary>
/// <param name="Tokens">Number of tokens predicted.</param>
/// <param name="Loss">Mean cross-entropy of a token in nats.</param>
/// <param name="BitsPerByte">Cross-entropy in bits divided by the UTF-8 bytes of the text: comparable between tokenizers.</param>
public sealed record LanguageMetrics(long Tokens, double Loss, double BitsPerByte)
{
    /// <summary>From sums over all texts.</summary>
    /// <param name="nats">Sum of the tokens' cross-entropies.</param>
    /// <param name="bytes">UTF-8 bytes of the predicted text.</param>
    /// <exception cref="TrainingDivergedException">The sum is not finite.</exception>
    public static LanguageMetrics Of(long tokens, double nats, double bytes) => double.IsFinite(nats)
        ? new LanguageMetrics(tokens, nats / tokens, nats / Math.Log(2) / bytes)
        : throw new TrainingDivergedException($"The loss is {nats}; the adapter was trained with too high a learning rate, or on broken data.");

    /// <summary>e^loss.</summary>
    public double Perplexity => Math.Exp(Loss);
}
