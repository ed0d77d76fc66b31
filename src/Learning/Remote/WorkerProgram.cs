using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace EdgeFlora.Learning.Remote;

/// <summary>A .NET program that serves one training over its standard input and output and then ends.</summary>
/// <param name="assembly">
/// Its <c>.dll</c>. Where this process runs under <c>dotnet</c>, so will the worker; else the host of the same name is started that stands beside the
/// assembly.
/// </param>
public sealed class WorkerProgram(string assembly, IReadOnlyList<string> arguments) : IWorkerProgram
{
    public IWorker Start(int threads)
    {
        (string host, bool alone) = Host();
        var start = new ProcessStartInfo(host)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in alone ? arguments : arguments.Prepend(assembly))
        {
            start.ArgumentList.Add(argument);
        }

        // Native libraries read these once, when they are loaded.
        foreach (string variable in new[] { "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS" })
        {
            start.Environment[variable] = threads.ToString(CultureInfo.InvariantCulture);
        }

        // Threads that spin while they wait take the processor from those they wait for; on a busy device that makes two threads slower than one.
        start.Environment["OMP_WAIT_POLICY"] = "PASSIVE";
        start.Environment["DOTNET_gcServer"] = "0";
        try
        {
            return new WorkerProcess(Process.Start(start) ?? throw new EngineLostException($"{start.FileName} could not be started."));
        }
        catch (Win32Exception refused)
        {
            throw new EngineLostException($"{start.FileName} could not be started: {refused.Message}", refused);
        }
    }

    /// <summary>What to start, and whether that is the program itself or <c>dotnet</c>, to be told the assembly.</summary>
    private (string File, bool Alone) Host()
    {
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            return (Environment.ProcessPath!, false);
        }

        string own = Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? ".exe" : null)!;
        return File.Exists(own) ? (own, true) : ("dotnet", false);
    }
}
