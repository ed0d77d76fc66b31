using System.Globalization;
using System.Text.Json;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Remote;

/// <summary>One worker and the conversation with it: a question, an answer. A watchdog ends a worker that gives none.</summary>
internal sealed class WorkerSession : IDisposable
{
    private readonly IWorker worker;
    private readonly FrameStream frames;
    private readonly TimeSpan patience;
    private readonly TimeProvider clock;
    private volatile bool hung;
    private bool disposed;

    /// <summary>Starts the worker and hears what it can do.</summary>
    /// <exception cref="EngineLostException">It did not start, or ended before it said so.</exception>
    public WorkerSession(IWorkerProgram program, int threads, TimeSpan patience, TimeProvider clock)
    {
        this.patience = patience;
        this.clock = clock;
        worker = program.Start(threads);
        try
        {
            frames = new FrameStream(worker.FromWorker, worker.ToWorker);
            Hello = Greeting();
        }
        catch
        {
            worker.Dispose();
            throw;
        }
    }

    public EngineProbe Hello { get; }

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <param name="doing">What the worker is doing meanwhile, for messages: <c>in step 12</c>.</param>
    /// <exception cref="EngineLostException">The worker ended, hung or talked nonsense.</exception>
    /// <remarks>Exceptions of the engine itself are thrown as if it had been called directly.</remarks>
    public ReadOnlyMemory<byte> Ask(FrameKind request, ReadOnlySpan<byte> content, string doing, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        Send(request, content, doing);
        using CancellationTokenRegistration cancelling = cancellationToken.Register(Cancel);
        Frame answer = Receive(doing);
        return answer.Kind switch
        {
            FrameKind.Done => answer.Content,
            FrameKind.Failed => throw Parse<Failure>(answer, doing).ToException(cancellationToken),
            _ => throw Lost(doing, $"answered {request} with {answer.Kind}", null),
        };
    }

    public void Dispose()
    {
        if (!disposed)
        {
            disposed = true;
            worker.Dispose();
        }
    }

    private EngineProbe Greeting()
    {
        const string doing = "at its start";
        Frame first = Receive(doing);
        return first.Kind == FrameKind.Hello && Parse<EngineProbe>(first, doing) is { Engine: not null, Detail: not null } hello
            ? hello
            : throw Lost(doing, $"began with a {first.Kind} that says nothing", null);
    }

    private void Send(FrameKind request, ReadOnlySpan<byte> content, string doing)
    {
        // A worker that has stopped reading blocks a large write: the watchdog watches that, too.
        using ITimer watchdog = Watch();
        try
        {
            frames.Write(request, content);
        }
        catch (IOException gone)
        {
            throw Lost(doing, null, gone);
        }
    }

    private Frame Receive(string doing)
    {
        using ITimer watchdog = Watch();
        try
        {
            return frames.Read() ?? throw Lost(doing, null, null);
        }
        catch (InvalidDataException nonsense)
        {
            throw Lost(doing, $"wrote what is no answer ({nonsense.Message})", nonsense);
        }
        catch (IOException gone)
        {
            throw Lost(doing, null, gone);
        }
    }

    private ITimer Watch() => clock.CreateTimer(
        _ =>
        {
            hung = true;
            worker.Kill();
        },
        null,
        patience,
        Timeout.InfiniteTimeSpan);

    private void Cancel()
    {
        try
        {
            frames.Write(FrameKind.Cancel, []);
        }
        catch (IOException)
        {
            // It is gone: whoever waits for its answer learns that.
        }
    }

    private T Parse<T>(Frame frame, string doing)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(frame.Content.Span) ?? throw new JsonException("null");
        }
        catch (JsonException malformed)
        {
            throw Lost(doing, $"sent a malformed {frame.Kind} ({malformed.Message})", malformed);
        }
    }

    /// <param name="nonsense">What it did instead of ending; null if it ended or hung.</param>
    private EngineLostException Lost(string doing, string? nonsense, Exception? cause)
    {
        if (hung)
        {
            return new EngineLostException(
                string.Create(CultureInfo.InvariantCulture, $"The training process gave no answer for {patience.TotalSeconds:0} s {doing} and was "
                    + $"ended."), cause!);
        }

        if (nonsense is not null)
        {
            worker.Kill();
            return new EngineLostException($"The training process {nonsense} {doing} and was ended.", cause!);
        }

        return new EngineLostException($"The training process was lost {doing}: it {worker.Epitaph()}.", cause!);
    }
}
