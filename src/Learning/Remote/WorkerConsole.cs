using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Remote;

/// <summary>A worker process: <see cref="EngineWorker"/> on standard input and output.</summary>
public static class WorkerConsole
{
    /// <summary>Serves until the caller is gone.</summary>
    /// <param name="find">Looks for engine and device; called once the console is out of reach of what libraries print.</param>
    /// <param name="open">The engine to train with.</param>
    /// <returns>The exit code: 0.</returns>
    public static int Serve(Func<EngineProbe> find, Func<IEngine> open)
    {
        ArgumentNullException.ThrowIfNull(find);
        ArgumentNullException.ThrowIfNull(open);
        using Stream input = Console.OpenStandardInput();
        using Stream output = Console.OpenStandardOutput();

        // Some libraries print; what they print must not get between the frames.
        Console.SetOut(Console.Error);
        using var worker = new EngineWorker(input, output, find(), open, abandoned: () => Environment.Exit(0));
        worker.Run();
        return 0;
    }
}
