using EdgeFlora.Adapters;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Tuning;

/// <summary>What is learnt from which data: the part of <c>train</c> and <c>eval</c> that differs from task to task.</summary>
internal interface ITuningTask
{
    /// <summary>PEFT's name of the task: <c>SEQ_CLS</c>, <c>CAUSAL_LM</c>.</summary>
    string PeftName { get; }

    /// <summary>Names of the classes, for which a head is trained along with the adapter; null if the task has none.</summary>
    IReadOnlyList<string>? Labels { get; }

    /// <summary>Number of examples to train on.</summary>
    int Training { get; }

    /// <summary>Number of examples to measure on; may be 0.</summary>
    int HeldOut { get; }

    /// <summary>How many special tokens are written in the examples' texts.</summary>
    int CountSpecialTokens(BaseModel model) => 0;

    /// <summary>Sets up the training.</summary>
    /// <exception cref="ArgumentException">Adapter, model and data do not fit together.</exception>
    ITraining Start(IEngine engine, BaseModel model, LoraAdapter adapter, TrainingPlan plan);

    /// <summary>Measures the adapter as it stands on the held-out examples.</summary>
    /// <param name="training">What <see cref="Start"/> returned.</param>
    /// <param name="progress">Told how many examples are done.</param>
    TaskMetrics Measure(ITraining training, Action<int> progress, CancellationToken stop);
}
