using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Generation;

namespace EdgeFlora.Learning.Training;

/// <summary>The training of a language model; the loss of a step is the mean over the tokens to predict.</summary>
public interface ILanguageTuning : ITraining
{
    /// <summary>Measures the adapter as it stands.</summary>
    /// <param name="examples">At least one.</param>
    LanguageMetrics Evaluate(IReadOnlyList<LanguageSequence> examples, CancellationToken cancellationToken);

    /// <summary>
    /// Continues prompts with the adapter as it stands: for every prompt <see cref="GenerationOptions.Samples"/> texts, one prompt after the other.
    /// </summary>
    /// <remarks>Draws depend on the options' seed and the prompt's place alone, not on threads.</remarks>
    /// <exception cref="ArgumentException">
    /// An option is out of range, or a prompt leaves the model no room for a token; the message names it.
    /// </exception>
    IReadOnlyList<GeneratedText> Generate(IReadOnlyList<string> prompts, GenerationOptions options, CancellationToken cancellationToken);
}
