using System.IO.Pipes;
using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Remote;

/// <summary>A worker on a thread of this process, behind the same kind of pipes as a real one.</summary>
internal sealed class PipeWorker : IWorker, IWorkerProgram
{
    private readonly AnonymousPipeServerStream requests = new(PipeDirection.Out);
    private readonly AnonymousPipeServerStream answers = new(PipeDirection.In);
    private readonly AnonymousPipeClientStream input;
    private readonly AnonymousPipeClientStream output;
    private readonly Action<Stream, Stream> serve;

    /// <param name="serve">What the worker does with its input and output.</param>
    public PipeWorker(Action<Stream, Stream> serve)
    {
        this.serve = serve;
        input = new AnonymousPipeClientStream(PipeDirection.In, requests.ClientSafePipeHandle);
        output = new AnonymousPipeClientStream(PipeDirection.Out, answers.ClientSafePipeHandle);
    }

    /// <param name="engine">What it trains with.</param>
    public PipeWorker(IEngine engine, EngineProbe? probe = null)
        : this((input, output) => Serve(input, output, engine, probe))
    {
    }

    /// <summary>Completes when the worker has served.</summary>
    public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool Killed { get; private set; }

    public Stream ToWorker => requests;

    public Stream FromWorker => answers;

    public IWorker Start(int threads)
    {
        var thread = new Thread(() =>
        {
            try
            {
                serve(input, output);
            }
            catch (Exception gone) when (gone is IOException or ObjectDisposedException)
            {
                // Killed.
            }

            output.Dispose();
            input.Dispose();
            Ended.TrySetResult();
        })
        {
            IsBackground = true,
        };
        thread.Start();
        return this;
    }

    /// <summary>Closes the worker's output. Its input stays until the thread ends, for a pipe is not closed while somebody reads it.</summary>
    public void Kill()
    {
        Killed = true;
        output.Dispose();
    }

    public string Epitaph() => Killed ? "was killed" : "ended with exit code 3";

    public void Dispose()
    {
        requests.Dispose();
        answers.Dispose();
    }

    private static void Serve(Stream input, Stream output, IEngine engine, EngineProbe? probe)
    {
        using var worker = new EngineWorker(
            input, output, probe ?? new EngineProbe(engine.Name, Usable: true, engine.Device), () => engine, abandoned: () => { });
        worker.Run();
    }
}
