using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.LearningTasks;

/// <summary>Writing texts, or completions of prompts.</summary>
internal sealed class LanguageTask(IReadOnlyList<LanguageSequence> training, IReadOnlyList<LanguageSequence> heldOut) : ILocalTask
{
    public int Training => training.Count;

    public long? TrainingTokens => training.Sum(sequence => (long)sequence.Targets);

    public IReadOnlyList<int>? ClassCounts => null;

    public int HeldOut => heldOut.Count;

    public ITraining Start(IEngine engine, TrainingStart start, TrainingPlan plan) =>
        engine.StartLanguage(start.Model, start.Adapter, training, plan);

    public HeldOutFigures Measure(ITraining training, CancellationToken cancel)
    {
        LanguageMetrics metrics = LanguageMeasurement.Measure((ILanguageTuning)training, heldOut, static _ => { }, cancel);
        return new HeldOutFigures(metrics.Loss)
        {
            // Texts cut to nothing but the token that ends them have no bytes.
            BitsPerByte = double.IsFinite(metrics.BitsPerByte) ? metrics.BitsPerByte : null,
            Tokens = metrics.Tokens,
        };
    }

    public (IEnumerable<TokenRow> Training, IEnumerable<TokenRow> HeldOut) Rows(BaseModel model, int maxTokens)
    {
        return (training.Select(Row), heldOut.Select(Row));

        static TokenRow Row(LanguageSequence sequence) => new(sequence.Ids) { FirstTarget = sequence.FirstTarget, Bytes = sequence.Bytes };
    }
}
