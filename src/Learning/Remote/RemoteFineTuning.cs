using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Remote;

/// <summary>A training in a worker process; the process ends with it.</summary>
internal sealed class RemoteFineTuning(WorkerSession session, int labels) : IFineTuning
{
    public int Step { get; private set; }

    public long TrainedTokens { get; private set; }

    public long PeakBytes { get; private set; }

    public double TrainStep()
    {
        StepReport report = Ask(FrameKind.Step, [], $"in step {Step + 1}");
        return double.IsFinite(report.Loss) ? report.Loss : throw new TrainingDivergedException($"Step {Step}: loss {report.Loss}.");
    }

    public ClassificationMetrics Evaluate(IReadOnlyList<Example> examples, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(examples);
        return Scoring.Score(Predict(examples, cancellationToken), [.. examples.Select(example => example.Label)]);
    }

    public float[][] Predict(IReadOnlyList<Example> examples, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ReadOnlyMemory<byte> answer = session.Ask(FrameKind.Predict, JsonSerializer.SerializeToUtf8Bytes(examples), "while it labelled texts", cancellationToken);
        return Checked(() => ProbabilityTable.Parse(answer.Span, examples.Count, labels));
    }

    public LoraAdapter Snapshot()
    {
        ReadOnlyMemory<byte> answer = session.Ask(FrameKind.Snapshot, [], "while it handed the adapter over");
        return Checked(() => AdapterBytes.Decode(answer.Span));
    }

    public void Save(Stream checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        checkpoint.Write(session.Ask(FrameKind.Save, [], "while it saved a checkpoint").Span);
    }

    public void Restore(Stream checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        using var content = new MemoryStream();
        checkpoint.CopyTo(content);
        Ask(FrameKind.Restore, content.GetBuffer().AsSpan(0, (int)content.Length), "while it restored a checkpoint");
    }

    public void Dispose() => session.Dispose();

    private StepReport Ask(FrameKind request, ReadOnlySpan<byte> content, string doing)
    {
        ReadOnlyMemory<byte> answer = session.Ask(request, content, doing);
        StepReport report = Checked(() => StepReport.Parse(answer.Span));
        (Step, TrainedTokens, PeakBytes) = (report.Step, report.TrainedTokens, report.PeakBytes);
        return report;
    }

    private static T Checked<T>(Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (InvalidDataException nonsense)
        {
            throw new EngineLostException($"The training process gave an answer that cannot be right: {nonsense.Message}", nonsense);
        }
    }
}
