using System.Collections.Concurrent;
using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Remote;

/// <summary>The other end of <see cref="RemoteEngine"/>: serves one training over a pair of streams.</summary>
/// <remarks>All training is done on one thread of its own, while the calling one reads: so a cancellation or the caller's death is noticed while a step runs.</remarks>
public sealed class EngineWorker : IDisposable
{
    private readonly FrameStream frames;
    private readonly EngineProbe probe;
    private readonly Func<IEngine> open;
    private readonly Action abandoned;
    private readonly BlockingCollection<Frame> requests = [];
    private readonly Lock gate = new();
    private CancellationTokenSource? current;
    private IFineTuning? tuning;

    /// <param name="probe">What the worker can do; said first.</param>
    /// <param name="open">The engine to train with; called once, when training starts.</param>
    /// <param name="abandoned">Called if the caller is gone while something runs: nobody wants its result, so the process should end at once.</param>
    public EngineWorker(Stream input, Stream output, EngineProbe probe, Func<IEngine> open, Action abandoned)
    {
        frames = new FrameStream(input, output);
        this.probe = probe;
        this.open = open;
        this.abandoned = abandoned;
    }

    /// <summary>Serves until the caller closes the stream.</summary>
    /// <exception cref="InvalidDataException">The caller talks nonsense.</exception>
    public void Run()
    {
        frames.Write(FrameKind.Hello, JsonSerializer.SerializeToUtf8Bytes(probe));
        var training = new Thread(AnswerAll) { IsBackground = true, Name = "training" };
        training.Start();
        try
        {
            ReadAll();
        }
        finally
        {
            requests.CompleteAdding();
            if (Busy())
            {
                abandoned();
            }

            training.Join();
        }
    }

    public void Dispose()
    {
        tuning?.Dispose();
        requests.Dispose();
    }

    private void ReadAll()
    {
        try
        {
            while (frames.Read() is { } frame)
            {
                if (frame.Kind == FrameKind.Cancel)
                {
                    Cancel();
                }
                else
                {
                    requests.Add(frame);
                }
            }
        }
        catch (IOException)
        {
            // The caller is gone.
        }
    }

    private void AnswerAll()
    {
        try
        {
            foreach (Frame request in requests.GetConsumingEnumerable())
            {
                Answer(request);
            }
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            // The caller went while an answer was on its way.
        }
    }

    private void Cancel()
    {
        lock (gate)
        {
            current?.Cancel();
        }
    }

    private bool Busy()
    {
        lock (gate)
        {
            return current is not null;
        }
    }

    private void Answer(Frame request)
    {
        using var cancel = new CancellationTokenSource();
        lock (gate)
        {
            current = cancel;
        }

        (FrameKind kind, ReadOnlyMemory<byte> content) = Try(request, cancel.Token);
        lock (gate)
        {
            current = null;
        }

        frames.Write(kind, content.Span);
    }

    private (FrameKind Kind, ReadOnlyMemory<byte> Content) Try(Frame request, CancellationToken cancel)
    {
        try
        {
            return (FrameKind.Done, Do(request, cancel));
        }
#pragma warning disable CA1031 // The worker's outermost loop: whoever called the proxy is told, whatever it is.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return (FrameKind.Failed, JsonSerializer.SerializeToUtf8Bytes(Failure.Of(failure)));
        }
    }

    private ReadOnlyMemory<byte> Do(Frame request, CancellationToken cancel)
    {
        if (request.Kind == FrameKind.Start)
        {
            Start(request.Content.Span);
            return default;
        }

        IFineTuning training = tuning ?? throw new InvalidDataException($"{request.Kind} came before {FrameKind.Start}.");
        switch (request.Kind)
        {
            case FrameKind.Step:
                return Report(training, training.TrainStep());
            case FrameKind.Predict:
                Example[] examples = JsonSerializer.Deserialize<Example[]>(request.Content.Span) ?? [];
                return ProbabilityTable.ToBytes(training.Predict(examples, cancel));
            case FrameKind.Snapshot:
                return AdapterBytes.Encode(training.Snapshot());
            case FrameKind.Save:
                using (var checkpoint = new MemoryStream())
                {
                    training.Save(checkpoint);
                    return checkpoint.ToArray();
                }

            case FrameKind.Restore:
                using (var checkpoint = new MemoryStream(request.Content.ToArray()))
                {
                    training.Restore(checkpoint);
                    return Report(training, double.NaN);
                }

            default:
                throw new InvalidDataException($"{request.Kind} is no request.");
        }
    }

    private void Start(ReadOnlySpan<byte> content)
    {
        if (tuning is not null)
        {
            throw new InvalidDataException("Training has been started already.");
        }

        (StartRequest request, LoraAdapter adapter) = StartRequest.Parse(content);
        BaseModel model = request.LoadModel();
        tuning = open().Start(model, adapter, request.Labels, request.Examples, request.Plan);
    }

    private static byte[] Report(IFineTuning training, double loss) => new StepReport(training.Step, loss, training.TrainedTokens, training.PeakBytes).ToBytes();
}
