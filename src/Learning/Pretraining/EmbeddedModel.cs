using EdgeFlora.Learning.Corpus;
using EdgeFlora.Learning.Demo;

namespace EdgeFlora.Learning.Pretraining;

/// <summary>The base model that comes with EdgeFlora: its text is the SDK's documentation, without the sentences that the demo may use.</summary>
public static class EmbeddedModel
{
    /// <summary>Makes the model again. Same options and pack version: same weights.</summary>
    /// <exception cref="InvalidDataException">The documentation or the checkpoint cannot be used; the message says why.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static PretrainingProgress Pretrain(
        PretrainingOptions options, ReferencePacks packs, IProgress<PretrainingProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var corpus = SdkCorpus.Load(packs);
        var source = new CorpusDescription(
            $"XML documentation of the .NET {corpus.Version} reference packs, without the demo's sentences", "MIT",
            "edgeflora pretrain --out models/edgeflora-doc-bert");
        return Pretraining.Run(options, DemoTask.PretrainingTexts(corpus), source, progress, cancellationToken);
    }
}
