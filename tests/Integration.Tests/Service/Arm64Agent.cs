namespace EdgeFlora.Integration.Tests.Service;

/// <summary>
/// An agent under qemu, started again whenever it ends, as a service of the system would be: .NET's runtime now and then ends under emulation,
/// which is no fault of the agent, and it goes on from where it was.
/// </summary>
internal sealed class Arm64Agent : IAsyncDisposable
{
    private const int MostStarts = 8;

    private readonly CancellationTokenSource stopping = new();
    private readonly List<EdgeFloraProcess> processes = [];
    private readonly Task keeping;

    /// <param name="arguments">Of the agent.</param>
    public Arm64Agent(string[] arguments) => keeping = KeepAsync(arguments);

    /// <summary>What it has said, in all its lives.</summary>
    public string Said
    {
        get
        {
            lock (processes)
            {
                return string.Join('\n', processes.SelectMany(process => process.Lines));
            }
        }
    }

    /// <summary>Ends it as <c>kill -9</c> does.</summary>
    public Task KillAsync()
    {
        lock (processes)
        {
            return processes[^1].KillAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await keeping;
        foreach (EdgeFloraProcess process in processes)
        {
            await process.DisposeAsync();
        }

        stopping.Dispose();
    }

    private async Task KeepAsync(string[] arguments)
    {
        for (int i = 0; i < MostStarts && !stopping.IsCancellationRequested; i++)
        {
            EdgeFloraProcess process = EdgeFloraProcess.StartOnArm64(arguments);
            lock (processes)
            {
                processes.Add(process);
            }

            await process.EndedAsync(stopping.Token);
        }
    }
}
