using System.Diagnostics;

namespace EdgeFlora.Learning.Remote;

/// <summary>A worker as a process of the operating system.</summary>
internal sealed class WorkerProcess : IWorker
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly Process process;
    private readonly ProcessEpitaph epitaph;

    public WorkerProcess(Process process)
    {
        this.process = process;
        epitaph = new ProcessEpitaph(process);
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

    public string Epitaph() => process.WaitForExit(Farewell) ? epitaph.Text() : "closed its output but did not end";

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
}
