using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Remote;

/// <summary>A classifier in training in a worker process.</summary>
internal sealed class RemoteFineTuning(WorkerSession session, int labels) : RemoteTraining(session), IFineTuning
{
    public float[][] Predict(IReadOnlyList<Example> examples, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(examples);
        return Ask(
            FrameKind.Predict,
            examples,
            "while it labelled texts",
            answer => ProbabilityTable.Parse(answer.Span, examples.Count, labels),
            cancellationToken);
    }
}
