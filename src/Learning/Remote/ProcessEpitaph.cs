using System.Diagnostics;
using System.Text;

namespace EdgeFlora.Learning.Remote;

/// <summary>
/// How a program that we started ended: its exit code or signal, and the end of what it wrote to standard error. Reads that to its end.
/// </summary>
public sealed class ProcessEpitaph
{
    private const int KilledBySignal = 128;
    private const int LastWords = 2000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Process process;
    private readonly Task reading;
    private readonly StringBuilder said = new();

    /// <param name="process">Started with its standard error redirected; stays the caller's.</param>
    public ProcessEpitaph(Process process)
    {
        ArgumentNullException.ThrowIfNull(process);
        this.process = process;
        reading = ReadAsync(process.StandardError);
    }

    /// <summary>Whether it was killed: by the system for want of memory, or by a person. Only once it has ended.</summary>
    public bool WasKilled => !OperatingSystem.IsWindows() && process.ExitCode > KilledBySignal;

    /// <summary><c>ended with exit code 3; its last words: out of paper</c>. Only once it has ended.</summary>
    public string Text()
    {
        string end = WasKilled ? $"was killed by signal {process.ExitCode - KilledBySignal}" : $"ended with exit code {process.ExitCode}";
        return Words() is { Length: > 0 } words ? $"{end}; its last words: {words}" : end;
    }

    /// <summary>The end of what it wrote to standard error so far, in one line without control characters.</summary>
    public string Words()
    {
        reading.Wait(Patience);
        lock (said)
        {
            IEnumerable<string> lines = said.ToString().Split('\n')
                .Select(line => new string([.. line.Select(c => char.IsControl(c) ? ' ' : c)]).Trim())
                .Where(line => line.Length > 0);
            return string.Join(" | ", lines);
        }
    }

    private async Task ReadAsync(StreamReader stream)
    {
        char[] buffer = new char[1024];
        int read;
        while ((read = await stream.ReadAsync(buffer).ConfigureAwait(false)) > 0)
        {
            lock (said)
            {
                said.Append(buffer, 0, read);
                said.Remove(0, Math.Max(0, said.Length - LastWords));
            }
        }
    }
}
