using System.Diagnostics;
using System.Text;

namespace EdgeFlora.Learning.Remote;

/// <summary>A worker as a process of the operating system.</summary>
internal sealed class WorkerProcess : IWorker
{
    private const int KilledBySignal = 128;
    private const int LastWords = 2000;
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly Process process;
    private readonly Task reading;
    private readonly StringBuilder said = new();

    public WorkerProcess(Process process)
    {
        this.process = process;
        reading = ReadErrorsAsync();
    }

    public Stream ToWorker => process.StandardInput.BaseStream;

    public Stream FromWorker => process.StandardOutput.BaseStream;

    public int Id => process.Id;

    public void Kill()
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It had ended by itself.
        }
    }

    public string Epitaph()
    {
        if (!process.WaitForExit(Farewell))
        {
            return "closed its output but did not end";
        }

        reading.Wait(Farewell);
        string end = process.ExitCode > KilledBySignal && !OperatingSystem.IsWindows()
            ? $"was killed by signal {process.ExitCode - KilledBySignal}"
            : $"ended with exit code {process.ExitCode}";
        lock (said)
        {
            string words = said.ToString().Trim();
            return words.Length == 0 ? end : $"{end}; its last words: {words}";
        }
    }

    /// <summary>Asks it to end by closing its input, and ends it if it does not.</summary>
    public void Dispose()
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It is gone already.
        }

        if (!process.WaitForExit(Farewell))
        {
            Kill();
            process.WaitForExit(Farewell);
        }

        process.Dispose();
    }

    private async Task ReadErrorsAsync()
    {
        char[] buffer = new char[1024];
        int read;
        while ((read = await process.StandardError.ReadAsync(buffer).ConfigureAwait(false)) > 0)
        {
            lock (said)
            {
                said.Append(buffer, 0, read);
                said.Remove(0, Math.Max(0, said.Length - LastWords));
            }
        }
    }
}
