namespace EdgeFlora.Learning.Training;

/// <summary>How well a model predicts texts.</summary>
/// <param name="Tokens">Number of tokens predicted.</param>
/// <param name="Loss">Mean cross-entropy of a token in nats.</param>
/// <param name="BitsPerByte">Cross-entropy in bits divided by the UTF-8 bytes of the text: comparable between tokenizers.</param>
public sealed record LanguageMetrics(long Tokens, double Loss, double BitsPerByte)
{
    /// <summary>e^loss.</summary>
    public double Perplexity => Math.Exp(Loss);
}
