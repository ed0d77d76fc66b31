using System.Collections.Concurrent;
using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Remote;

/// <summary>The other end of <see cref="RemoteEngine"/>: serves one training over a pair of streams.</summary>
/// <remarks>
/// All training is done on one thread of its own, while the calling one reads: so a cancellation or the caller's death is noticed while a step runs.
/// </remarks>
public sealed class EngineWorker : IDisposable
{
    private readonly FrameStream frames;
    private readonly EngineProbe probe;
    private readonly Func<IEngine> open;
    private readonly Action abandoned;
    private readonly BlockingCollection<Frame> requests = [];
    private readonly Lock gate = new();
    private CancellationTokenSource? running;
    private ITraining? training;

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
        var answering = new Thread(AnswerAll) { IsBackground = true, Name = "training" };
        answering.Start();
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

            answering.Join();
        }
    }

    public void Dispose()
    {
        training?.Dispose();
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
            running?.Cancel();
        }
    }

    private bool Busy()
    {
        lock (gate)
        {
            return running is not null;
        }
    }

    private void Answer(Frame request)
    {
        using var cancel = new CancellationTokenSource();
        lock (gate)
        {
            running = cancel;
        }

        (FrameKind kind, ReadOnlyMemory<byte> content) = Try(request, cancel.Token);
        lock (gate)
        {
            running = null;
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

        ITraining current = training ?? throw new InvalidDataException($"{request.Kind} came before {FrameKind.Start}.");
        switch (request.Kind)
        {
            case FrameKind.Step:
                return Report(current, current.TrainStep());
            case FrameKind.Predict when current is IFineTuning classifier:
                return ProbabilityTable.ToBytes(classifier.Predict(Parse<Example[]>(request), cancel));
            case FrameKind.Measure when current is ILanguageTuning language:
                return JsonSerializer.SerializeToUtf8Bytes(language.Evaluate(Parse<LanguageSequence[]>(request), cancel));
            case FrameKind.Generate when current is ILanguageTuning language:
                GenerateRequest wanted = Parse<GenerateRequest>(request);
                return JsonSerializer.SerializeToUtf8Bytes(language.Generate(wanted.Prompts, wanted.Options, cancel));
            case FrameKind.Snapshot:
                return AdapterBytes.Encode(current.Snapshot());
            case FrameKind.Save:
                using (var checkpoint = new MemoryStream())
                {
                    current.Save(checkpoint);
                    return checkpoint.ToArray();
                }

            case FrameKind.Restore:
                using (var checkpoint = new MemoryStream(request.Content.ToArray()))
                {
                    current.Restore(checkpoint);
                    return Report(current, double.NaN);
                }

            default:
                throw new InvalidDataException($"{request.Kind} is no request to this training.");
        }
    }

    private void Start(ReadOnlySpan<byte> content)
    {
        if (training is not null)
        {
            throw new InvalidDataException("Training has been started already.");
        }

        (StartRequest request, LoraAdapter adapter) = StartRequest.Parse(content);
        BaseModel model = request.LoadModel();
        training = request switch
        {
            { Texts: { } texts } => open().StartLanguage(model, adapter, texts, request.Plan),
            { Labels: { } labels, Examples: { } examples } => open().Start(model, adapter, labels, examples, request.Plan),
            _ => throw new InvalidDataException("A request to start says nothing about what to train on."),
        };
    }

    private static T Parse<T>(Frame request) =>
        JsonSerializer.Deserialize<T>(request.Content.Span) ?? throw new InvalidDataException($"{request.Kind} holds null.");

    private static byte[] Report(ITraining training, double loss) =>
        new StepReport(training.Step, loss, training.TrainedTokens, training.PeakBytes).ToBytes();
}
