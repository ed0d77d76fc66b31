using System.Collections.Concurrent;
using System.Diagnostics;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Demo;

/// <summary>
/// Coordinator and agents as processes of the same program, which meet at the broker only. One that is killed from outside is started again.
/// </summary>
internal sealed class ProcessFleet(DemoArguments arguments, string broker) : IFleet
{
    private const string Coordinator = "coordinator";
    private const int KilledBySignal = 128;
    private const int MostRevivals = 20;
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Process> processes = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool ending;
    private int revivals;

    public Task Completion => completion.Task;

    public Task<Uri?> ApiAsync() => Task.FromResult<Uri?>(null);

    public void StartCoordinator() => Start(Coordinator, arguments.Coordinator());

    public Task KillCoordinatorAsync() => KillAsync(Coordinator);

    public void StartAgent(string name) => Start(name, arguments.Agent(name));

    public Task KillAgentAsync(string name) => KillAsync(name);

    public async ValueTask DisposeAsync()
    {
        ending = true;
        Process[] alive = [.. processes.Values];
        foreach (Process process in alive)
        {
            process.StandardInput.Close();
        }

        using var patience = new CancellationTokenSource(Farewell);
        foreach (Process process in alive)
        {
            await process.WaitForExitAsync(patience.Token).ContinueWith(
                _ => { },
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            if (!process.HasExited)
            {
                process.Kill();
            }

            process.Dispose();
        }
    }

    private void Start(string name, IReadOnlyList<string> line)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ProcessFleet).Assembly.Location);
        }

        foreach (string argument in line.Append("--stop-with-input"))
        {
            start.ArgumentList.Add(argument);
        }

        // Not on the command line, where everybody on the machine could read the password.
        start.Environment[BrokerOption.Variable] = broker;

        // Two threads of the garbage collector in each of many processes would only fight for two cores.
        start.Environment["DOTNET_gcServer"] = "0";
        Process process = Process.Start(start) ?? throw new DemoFailedException($"{name} could not be started from {Environment.ProcessPath}");
        processes[name] = process;
        _ = WatchAsync(name, process);
    }

    private async Task KillAsync(string name)
    {
        if (processes.TryRemove(name, out Process? process))
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    /// <summary>Notices when the process ends by itself. A failure to do so, or to start it again, ends the demo.</summary>
    private async Task WatchAsync(string name, Process process)
    {
        try
        {
            await AwaitEndAsync(name, process);
        }
#pragma warning disable CA1031 // The outermost frame of a watch: whoever waits for the run is told.
        catch (Exception failure) when (!ending)
#pragma warning restore CA1031
        {
            completion.TrySetException(failure);
        }
    }

    /// <summary>Reads what the process says until it ends.</summary>
    private async Task AwaitEndAsync(string name, Process process)
    {
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        await process.WaitForExitAsync();
        bool killed = !processes.TryGetValue(name, out Process? current) || current != process;
        if (killed || ending)
        {
            return;
        }

        if (name == Coordinator && process.ExitCode is ExitCode.Done or ExitCode.Incomplete)
        {
            completion.TrySetResult();
            return;
        }

        if (process.ExitCode > KilledBySignal && Interlocked.Increment(ref revivals) <= MostRevivals)
        {
            // Somebody killed it by hand: what a service manager would do.
            Start(name, name == Coordinator ? arguments.Coordinator() : arguments.Agent(name));
            return;
        }

        string said = SafeText.OneLine((await errors).Trim());
        completion.TrySetException(new DemoFailedException($"{name} ended with exit code {process.ExitCode}{(said.Length > 0 ? $": {said}" : "")}"));
    }
}
