using System.Diagnostics;
using EdgeFlora.Cli;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary><c>edgeflora</c> as a process of its own.</summary>
internal sealed class EdgeFloraProcess : IAsyncDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(3);

    private readonly Process process;
    private readonly List<string> lines = [];
    private readonly SemaphoreSlim more = new(0);

    private EdgeFloraProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>What it has said so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (lines)
            {
                return [.. lines];
            }
        }
    }

    /// <summary>Memory that it has in use, in bytes.</summary>
    public long WorkingSet
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    /// <summary>Processor time that it has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <param name="broker">The broker's URL, handed over in the environment; null: none is.</param>
    public static EdgeFloraProcess Start(string? broker, params IEnumerable<string> arguments) =>
        StartProgram(typeof(EdgeFloraCommand).Assembly.Location, broker, arguments);

    /// <param name="program">Another build's <c>edgeflora.dll</c>.</param>
    public static EdgeFloraProcess StartProgram(string program, string? broker, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in (IEnumerable<string>)[program, .. arguments, "--stop-with-input"])
        {
            start.ArgumentList.Add(argument);
        }

        if (broker is not null)
        {
            start.Environment[BrokerOption.Variable] = broker;
        }

        start.Environment["DOTNET_gcServer"] = "0";
        return new EdgeFloraProcess(Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start."));
    }

    /// <summary>Waits for a line; one that never comes fails the test.</summary>
    public async Task<string> LineAsync(string beginning)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(Guard);
        while (true)
        {
            if (Lines.FirstOrDefault(line => line.StartsWith(beginning, StringComparison.Ordinal)) is { } found)
            {
                return found;
            }

            if (process.HasExited)
            {
                throw new InvalidOperationException(
                    $"It ended with exit code {process.ExitCode} and never said '{beginning}': {string.Join(" | ", Lines)}");
            }

            await more.WaitAsync(TimeSpan.FromSeconds(1), limit.Token);
        }
    }

    /// <summary>Ends it at once, as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync(Stop);
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync()
    {
        await process.WaitForExitAsync(Stop).WaitAsync(Guard, Stop);
        return process.ExitCode;
    }

    /// <summary>Stops it in good order.</summary>
    /// <returns>Its exit code.</returns>
    public Task<int> StopAsync()
    {
        process.StandardInput.Close();
        return EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        process.Dispose();
        more.Dispose();
    }

    private void Add(string? line)
    {
        if (line is not null)
        {
            lock (lines)
            {
                lines.Add(line);
            }

            more.Release();
        }
    }
}
