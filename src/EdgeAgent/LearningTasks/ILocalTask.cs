using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.LearningTasks;

/// <summary>What is trained and measured on which examples: the part of a task that differs from one kind of learning to another.</summary>
internal interface ILocalTask
{
    /// <summary>Number of examples that batches are drawn from: the agent's weight. 0 if nothing is trained.</summary>
    int Training { get; }

    /// <summary>Tokens to predict in all of them together; null where tokens are not what is learnt.</summary>
    long? TrainingTokens { get; }

    /// <summary>Examples to train on of each class, in the order of the offer's labels; null where there are no classes.</summary>
    IReadOnlyList<int>? ClassCounts { get; }

    /// <summary>Number of examples to measure on; may be 0.</summary>
    int HeldOut { get; }

    /// <exception cref="ArgumentException">Adapter, model and examples do not fit together.</exception>
    ITraining Start(IEngine engine, TrainingStart start, TrainingPlan plan);

    /// <summary>Measures the adapter as it stands on the held-out examples, of which there is at least one.</summary>
    /// <param name="training">What <see cref="Start"/> returned.</param>
    /// <exception cref="TrainingDivergedException">The loss is not finite.</exception>
    HeldOutFigures Measure(ITraining training, CancellationToken cancel);

    /// <summary>The examples to train on, in the order that batches count them; and those to measure on.</summary>
    /// <exception cref="DeclinedException">The model cannot take a pair of texts.</exception>
    (IEnumerable<TokenRow> Training, IEnumerable<TokenRow> HeldOut) Rows(BaseModel model, int maxTokens);
}
