using System.Globalization;
using System.Text;

namespace EdgeFlora.Learning.Pretraining;

/// <summary>The README.md beside the weights: what the model has seen, for how long, and how well it guesses.</summary>
internal sealed class ModelCard(PretrainingOptions options, CorpusDescription source, int sentences, long tokens)
{
    private const int MaxRows = 12;
    private const string Purpose = "It is the base model of the demo.";

    private readonly List<PretrainingProgress> curve = [];

    public void Add(PretrainingProgress progress) => curve.Add(progress);

    public string Text(long parameters)
    {
        string shape = string.Create(
            CultureInfo.InvariantCulture,
            $"{options.Layers} layers, {options.HiddenSize} wide, {options.Heads} heads, {options.VocabularySize} uncased word pieces");
        string training = string.Create(
            CultureInfo.InvariantCulture,
            $"{(curve.Count == 0 ? 0 : curve[^1].Step)} of {options.Steps} steps of {options.BatchSize} sentences, AdamW, "
                + $"peak rate {options.LearningRate}, seed {options.Seed}");
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # {Path.GetFileName(Path.TrimEndingDirectorySeparator(options.Output))}

            A small BERT encoder ({shape},
            {parameters / 1e6:F2} million weights in bf16), trained from nothing by EdgeFlora's portable engine to guess masked words. {Purpose}

            | | |
            |---|---|
            | Texts | {source.Name}: {sentences} sentences, {tokens} tokens |
            | Licence of the texts | {source.Licence} |
            | Licence of the weights | Apache-2.0 |
            | Training | {training} |
            | Made by | `{source.Command}` |

            Sentence vectors are the mean over the tokens; there is no trained pooler.

            Loss per masked word in nats; held-out sentences are never trained on.

            | step | training loss | held-out loss | held-out words guessed |
            |---:|---:|---:|---:|

            """);
        int stride = Math.Max(1, (curve.Count + MaxRows - 1) / MaxRows);
        for (int i = (curve.Count - 1) % stride; i >= 0 && i < curve.Count; i += stride)
        {
            PretrainingProgress row = curve[i];
            text.Append(
                CultureInfo.InvariantCulture, $"| {row.Step} | {row.TrainingLoss:F3} | {row.HeldOutLoss:F3} | {row.HeldOutAccuracy:P1} |\n");
        }

        return text.ToString();
    }
}
