using System.Text.Json;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Generation;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Remote;

/// <summary>A language model in training in a worker process.</summary>
internal sealed class RemoteLanguageTuning(WorkerSession session) : RemoteTraining(session), ILanguageTuning
{
    public LanguageMetrics Evaluate(IReadOnlyList<LanguageSequence> examples, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(examples);
        return Ask(FrameKind.Measure, examples, "while it read texts", Parse<LanguageMetrics>, cancellationToken);
    }

    public IReadOnlyList<GeneratedText> Generate(IReadOnlyList<string> prompts, GenerationOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        GeneratedText[] texts = Ask(
            FrameKind.Generate, new GenerateRequest(prompts, options), "while it wrote texts", Parse<GeneratedText[]>, cancellationToken);
        return texts.Length == prompts.Count * options.Samples
            ? texts
            : throw new EngineLostException(
                $"The training process wrote {texts.Length} texts for {prompts.Count} prompts of {options.Samples} samples.");
    }

    private static T Parse<T>(ReadOnlyMemory<byte> answer) =>
        JsonSerializer.Deserialize<T>(answer.Span) ?? throw new InvalidDataException("It is null.");
}
