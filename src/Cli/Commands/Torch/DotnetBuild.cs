using System.ComponentModel;
using System.Diagnostics;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Commands.Torch;

/// <summary>Runs the .NET SDK.</summary>
internal static class DotnetBuild
{
    /// <summary>Runs it and waits for its end; it ends with <paramref name="stop"/>.</summary>
    /// <param name="log">File for what it prints.</param>
    /// <returns>Its exit code.</returns>
    /// <exception cref="InputException">There is no SDK.</exception>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, string log, CancellationToken stop)
    {
        bool underDotnet = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";
        var start = new ProcessStartInfo(underDotnet ? Environment.ProcessPath! : "dotnet", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        await using var file = new StreamWriter(log);
        TextWriter lines = TextWriter.Synchronized(file);
        try
        {
            using Process process = Process.Start(start)!;
            process.OutputDataReceived += (_, data) => Keep(data.Data);
            process.ErrorDataReceived += (_, data) => Keep(data.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            try
            {
                await process.WaitForExitAsync(stop);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
                throw;
            }

            return process.ExitCode;
        }
        catch (Win32Exception absent)
        {
            throw new InputException(
                $"the .NET SDK is needed to build the torch engine and could not be started: {absent.Message}; install it from https://dot.net",
                absent);
        }

        void Keep(string? line)
        {
            if (line is not null)
            {
                lines.WriteLine(line);
            }
        }
    }
}
