using EdgeFlora.Learning.Data;

namespace EdgeFlora.Learning.Training;

/// <summary>
/// Measures a language model a portion of texts at a time: progress shows, and a training process answers soon, however many texts there are.
/// </summary>
public static class LanguageMeasurement
{
    private const int Portion = 64;

    /// <param name="texts">At least one.</param>
    /// <param name="progress">Told how many texts are done.</param>
    /// <exception cref="TrainingDivergedException">The loss is not finite.</exception>
    public static LanguageMetrics Measure(ILanguageTuning tuning, IReadOnlyList<LanguageSequence> texts, Action<int> progress, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(tuning);
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(progress);
        ArgumentOutOfRangeException.ThrowIfZero(texts.Count, nameof(texts));
        int done = 0;
        double nats = 0;
        foreach (LanguageSequence[] portion in texts.Chunk(Portion))
        {
            LanguageMetrics part = tuning.Evaluate(portion, stop);
            nats += part.Loss * part.Tokens;
            progress(done += portion.Length);
        }

        return LanguageMetrics.Of(nats, texts);
    }
}
