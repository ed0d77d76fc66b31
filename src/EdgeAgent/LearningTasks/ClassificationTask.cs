using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.LearningTasks;

/// <summary>Labels for texts, or for pairs of texts.</summary>
/// <param name="labels">Names of the classes; the examples' labels are indexes into it.</param>
internal sealed class ClassificationTask(IReadOnlyList<string> labels, IReadOnlyList<Example> training, IReadOnlyList<Example> heldOut) : ILocalTask
{
    public int Training => training.Count;

    public long? TrainingTokens => null;

    public IReadOnlyList<int>? ClassCounts
    {
        get
        {
            int[] counts = new int[labels.Count];
            foreach (Example example in training)
            {
                counts[example.Label]++;
            }

            return counts;
        }
    }

    public int HeldOut => heldOut.Count;

    public ITraining Start(IEngine engine, TrainingStart start, TrainingPlan plan) =>
        engine.Start(start.Model, start.Adapter, labels, training, plan);

    public HeldOutFigures Measure(ITraining training, CancellationToken cancel)
    {
        ClassificationMetrics metrics = ((IFineTuning)training).Evaluate(heldOut, cancel);
        return new HeldOutFigures(metrics.Loss)
        {
            Accuracy = metrics.Accuracy,
            MacroF1 = metrics.MacroF1,
            ByLabel = new LabelCounts { Actual = metrics.ByLabel.Actual, Predicted = metrics.ByLabel.Predicted, Right = metrics.ByLabel.Right },
        };
    }

    public (IEnumerable<TokenRow> Training, IEnumerable<TokenRow> HeldOut) Rows(BaseModel model, int maxTokens)
    {
        if (!model.Network.TakesPairs && training.Concat(heldOut).Any(example => example.TextPair is not null))
        {
            throw new DeclinedException(DeclineReason.NoData, "The data has pairs of texts, which the model cannot tell apart.");
        }

        return (training.Select(Row), heldOut.Select(Row));

        TokenRow Row(Example example)
        {
            int[] tokens = model.Tokenizer.Encode(example.Text, example.TextPair, maxTokens, out int second);
            return new TokenRow(tokens) { Label = example.Label, SecondSegment = second };
        }
    }
}
