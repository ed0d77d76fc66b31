using EdgeFlora.Adapters;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Training;

/// <summary>
/// What every training begins with, whatever the engine: a model with the adapter in it, a plan, and the token sequences that batches are drawn from.
/// All of it is checked.
/// </summary>
internal sealed class TrainingStart
{
    /// <param name="head">The classification head; null if the task has none.</param>
    /// <param name="sequences">Token ids of the training examples; may be empty if nothing is trained.</param>
    /// <param name="marks">What else belongs to each: its label, or where prediction begins.</param>
    /// <exception cref="ArgumentException">The adapter does not fit the model; the message names module or tensor with both shapes.</exception>
    public TrainingStart(
        BaseModel model, LoraAdapter adapter, IClassificationHead? head, IReadOnlyList<int[]> sequences, IReadOnlyList<int> marks, TrainingPlan plan)
    {
        (Model, Head, Plan, Sequences, Marks) = (model, head, plan, sequences, marks);
        Adapted = new AdaptedModel(model, adapter, head, plan.Frozen);
    }

    public BaseModel Model { get; }

    /// <summary>The classification head; null if the task has none.</summary>
    public IClassificationHead? Head { get; }

    public AdaptedModel Adapted { get; }

    public TrainingPlan Plan { get; }

    public IReadOnlyList<int[]> Sequences { get; }

    public IReadOnlyList<int> Marks { get; }
}
