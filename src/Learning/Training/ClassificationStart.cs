using EdgeFlora.Adapters;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Training;

/// <summary>What the training of a classifier begins with, checked the same way for every engine.</summary>
internal sealed class ClassificationStart
{
    /// <param name="adapter">Copied, not changed.</param>
    /// <param name="labels">Names of the classes; the head has one row each.</param>
    /// <exception cref="ArgumentException">
    /// The plan is out of range, there is no label, the adapter does not fit the model, or an example has another label; the message names it.
    /// </exception>
    public ClassificationStart(BaseModel model, LoraAdapter adapter, IReadOnlyList<string> labels, IReadOnlyList<Example> training, TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(plan);
        plan.Validate();
        if (labels.Count == 0)
        {
            throw new ArgumentException("A task has at least one label.", nameof(labels));
        }

        Head = model.Network.Head(labels.Count);
        Examples = new EncodedExamples(model, training, labels.Count, plan.MaxTokens);
        Training = new TrainingStart(model, adapter, Head, Examples.Sequences, Examples.Labels, plan);
        LabelOffsets = plan.LogitAdjustment > 0 ? LogitAdjustment.Offsets(Labels, labels.Count, plan.LogitAdjustment) : null;
    }

    public TrainingStart Training { get; }

    public IClassificationHead Head { get; }

    /// <summary>The training examples as tokens.</summary>
    public EncodedExamples Examples { get; }

    /// <summary>The label of each training example.</summary>
    public IReadOnlyList<int> Labels => Examples.Labels;

    /// <summary>What is added to the scores while training: [labels]; null for nothing.</summary>
    public float[]? LabelOffsets { get; }

    /// <summary>Texts to label, as the training examples were read.</summary>
    /// <exception cref="ArgumentException">
    /// A label is none of the task's, or the model cannot take a pair of texts; the message names the example's place.
    /// </exception>
    public EncodedExamples Encode(IReadOnlyList<Example> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return new EncodedExamples(Training.Model, texts, Head.Labels, Training.Plan.MaxTokens);
    }
}
