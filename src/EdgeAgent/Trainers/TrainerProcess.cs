using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Remote;

namespace EdgeFlora.EdgeAgent.Trainers;

/// <summary>A trainer program that runs. It is told to end by SIGTERM; its standard input ends when the agent does.</summary>
internal sealed partial class TrainerProcess : IDisposable
{
    /// <summary>Exit code of a trainer that does not do such tasks (EX_UNAVAILABLE of sysexits.h).</summary>
    public const int NotForThisTrainer = 69;

    private const int SigTerm = 15;
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly Process process;
    private readonly ProcessEpitaph epitaph;

    private TrainerProcess(Process process)
    {
        this.process = process;
        Mark = MarkOf(process);
        epitaph = new ProcessEpitaph(process);

        // A full pipe would stop the program.
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
    }

    public int ExitCode => process.ExitCode;

    /// <summary>Whether it was killed: by the system for want of memory, or by a person.</summary>
    public bool WasKilled => epitaph.WasKilled;

    /// <summary>What identifies the process on this machine, now and after the agent's next start.</summary>
    /// <remarks>Empty if it had ended before anybody could ask.</remarks>
    public string Mark { get; }

    /// <param name="command">Program and arguments.</param>
    /// <param name="folder">The task's folder: the last argument.</param>
    /// <param name="memoryBytes">Memory of its own that it may take; null for any.</param>
    /// <exception cref="TrainerFailedException">It cannot be started.</exception>
    public static TrainerProcess Start(IReadOnlyList<string> command, string folder, int threads, long? memoryBytes)
    {
        string[] limited = memoryBytes is { } bytes
            ? ["prlimit", string.Create(CultureInfo.InvariantCulture, $"--data={bytes}"), "--core=0", "--", .. command, folder]
            : [.. command, folder];
        var start = new ProcessStartInfo(limited[0], limited[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string variable in new[] { "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS" })
        {
            start.Environment[variable] = threads.ToString(CultureInfo.InvariantCulture);
        }

        // The broker's password is none of its business.
        foreach (string secret in start.Environment.Keys.Where(IsSecret).ToArray())
        {
            start.Environment.Remove(secret);
        }

        try
        {
            return new TrainerProcess(Process.Start(start)!);
        }
        catch (Win32Exception refused)
        {
            throw new TrainerFailedException($"The trainer {limited[0]} could not be started: {refused.Message}.", refused);
        }
    }

    /// <summary>Ends a program that an earlier agent process left behind, if it is still the one that the mark names.</summary>
    public static void EndLeftBehind(string markFile)
    {
        if (!File.Exists(markFile))
        {
            return;
        }

        string mark = File.ReadAllText(markFile);
        if (int.TryParse(mark.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int id))
        {
            try
            {
                using var left = Process.GetProcessById(id);
                if (mark == MarkOf(left))
                {
                    left.Kill(entireProcessTree: true);
                    left.WaitForExit(Farewell);
                }
            }
            catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or Win32Exception)
            {
                // It has ended, or the number is another user's process by now.
            }
        }

        File.Delete(markFile);
    }

    public bool WaitForExit(TimeSpan most) => process.WaitForExit(most);

    /// <summary>Asks it to write a checkpoint and end; ends it after <paramref name="grace"/>. Windows knows no such question.</summary>
    public void Terminate(TimeSpan grace)
    {
        if (OperatingSystem.IsWindows() || SendSignal(process.Id, SigTerm) != 0 || !process.WaitForExit(grace))
        {
            Kill();
        }
    }

    /// <summary>Ends it and what it started, at once.</summary>
    public void Kill()
    {
        try
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit(Farewell);
        }
        catch (InvalidOperationException)
        {
            // It had ended by itself.
        }
    }

    /// <summary>How it ended, with the end of what it wrote to standard error, in one line.</summary>
    public string Epitaph() => epitaph.Text();

    /// <summary>The end of what it wrote to standard error, in one line.</summary>
    public string Words() => epitaph.Words();

    public void Dispose()
    {
        if (!process.HasExited)
        {
            Kill();
        }

        process.Dispose();
    }

    private static bool IsSecret(string variable) =>
        variable.StartsWith("EDGEFLORA_", StringComparison.OrdinalIgnoreCase) || variable == "CREDENTIALS_DIRECTORY";

    private static string MarkOf(Process process)
    {
        try
        {
            return string.Create(CultureInfo.InvariantCulture, $"{process.Id} {process.StartTime.ToUniversalTime().Ticks}");
        }
        catch (Exception ended) when (ended is InvalidOperationException or Win32Exception)
        {
            return "";
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int process, int signal);
}
