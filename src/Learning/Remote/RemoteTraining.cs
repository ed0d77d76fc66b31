using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Remote;

/// <summary>A training in a worker process; the process ends with it.</summary>
internal abstract class RemoteTraining(WorkerSession session) : ITraining
{
    public int Step { get; private set; }

    public long TrainedTokens { get; private set; }

    public long PeakBytes { get; private set; }

    public double TrainStep()
    {
        StepReport report = Ask(FrameKind.Step, [], $"in step {Step + 1}");
        return double.IsFinite(report.Loss) ? report.Loss : throw new TrainingDivergedException($"Step {Step}: loss {report.Loss}.");
    }

    public LoraAdapter Snapshot() =>
        Checked(session.Ask(FrameKind.Snapshot, [], "while it handed the adapter over"), answer => AdapterBytes.Decode(answer.Span));

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

    /// <summary>Sends what is asked as JSON and takes the answer apart.</summary>
    /// <param name="doing">What the worker is doing meanwhile, for messages.</param>
    protected TAnswer Ask<TRequest, TAnswer>(
        FrameKind kind, TRequest request, string doing, Func<ReadOnlyMemory<byte>, TAnswer> parse, CancellationToken cancellationToken) =>
        Checked(session.Ask(kind, JsonSerializer.SerializeToUtf8Bytes(request), doing, cancellationToken), parse);

    private StepReport Ask(FrameKind request, ReadOnlySpan<byte> content, string doing)
    {
        StepReport report = Checked(session.Ask(request, content, doing), answer => StepReport.Parse(answer.Span));
        (Step, TrainedTokens, PeakBytes) = (report.Step, report.TrainedTokens, report.PeakBytes);
        return report;
    }

    private static T Checked<T>(ReadOnlyMemory<byte> answer, Func<ReadOnlyMemory<byte>, T> parse)
    {
        try
        {
            return parse(answer);
        }
        catch (Exception nonsense) when (nonsense is InvalidDataException or JsonException)
        {
            throw new EngineLostException($"The training process gave an answer that cannot be right: {nonsense.Message}", nonsense);
        }
    }
}
