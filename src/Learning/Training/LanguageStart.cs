using EdgeFlora.Adapters;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Training;

/// <summary>What the training of a language model begins with, checked the same way for every engine.</summary>
internal sealed class LanguageStart
{
    /// <param name="adapter">Copied, not changed.</param>
    /// <exception cref="ArgumentException">
    /// The plan is out of range or asks for what belongs to classification, the model predicts no tokens, the adapter does not fit it, or a text does
    /// not; the message names it.
    /// </exception>
    public LanguageStart(BaseModel model, LoraAdapter adapter, IReadOnlyList<LanguageSequence> training, TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(plan);
        plan.Validate();
        Network = LanguageFit.Require(model, plan);
        LanguageFit.Check(training, model);
        Texts = training;
        Training = new TrainingStart(
            model, adapter, head: null, [.. training.Select(text => text.Ids)], [.. training.Select(text => text.FirstTarget)], plan);
    }

    public TrainingStart Training { get; }

    public ILanguageModel Network { get; }

    public IReadOnlyList<LanguageSequence> Texts { get; }

    /// <summary>Tokens to predict in a batch.</summary>
    /// <param name="batch">Places in <see cref="Texts"/>.</param>
    public int Targets(ReadOnlySpan<int> batch)
    {
        int targets = 0;
        foreach (int index in batch)
        {
            targets += Texts[index].Targets;
        }

        return targets;
    }

    /// <summary>Makes sure that texts can be measured.</summary>
    /// <exception cref="ArgumentException">There is none, or one does not fit the model; the message names its place.</exception>
    public void RequireMeasurable(IReadOnlyList<LanguageSequence> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfZero(texts.Count, nameof(texts));
        LanguageFit.Check(texts, Training.Model);
    }
}
