using System.Diagnostics;
using System.Globalization;
using EdgeFlora.Cli;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary><c>edgeflora</c> as a process of its own.</summary>
internal sealed class EdgeFloraProcess : IAsyncDisposable
{
    /// <summary>
    /// The program of this build: compiled ahead of time where that was done (<c>infra/ahead-of-time.sh</c>), for most of what a test waits for is a
    /// start, else as it lies beside the tests.
    /// </summary>
    private static readonly string Own = Environment.GetEnvironmentVariable("EDGEFLORA_COMPILED_PROGRAM") is { Length: > 0 } program
        ? program
        : typeof(EdgeFloraCommand).Assembly.Location;

    private readonly Process process;
    private readonly string name;
    private readonly List<string> lines = [];
    private bool disposed;

    private EdgeFloraProcess(Process process)
    {
        this.process = process;
        name = string.Join(' ', process.StartInfo.ArgumentList);
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

    /// <summary>The most memory that it has had in use, in bytes.</summary>
    public long PeakWorkingSet
    {
        get
        {
            process.Refresh();
            return process.PeakWorkingSet64;
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
        StartProgram(Own, broker, arguments);

    /// <param name="entrance">The file of a control group that takes the ids of processes; this one enters before it runs anything of .NET.</param>
    public static EdgeFloraProcess StartIn(string entrance, string broker, IEnumerable<string> arguments) => Launch(
        "sh",
        ["-c", "echo $$ > \"$0\" && exec dotnet \"$@\"", entrance, typeof(EdgeFloraCommand).Assembly.Location, .. arguments],
        broker);

    /// <param name="program">An <c>edgeflora.dll</c>: another build's, or null for this one's.</param>
    /// <param name="environment">Variables beside those that the tests have; null: none.</param>
    public static EdgeFloraProcess StartProgram(
        string? program, string? broker, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        Launch("dotnet", [program ?? Own, .. arguments], broker, environment);

    /// <summary>Starts a command that ends by itself, such as <c>agent enroll</c>.</summary>
    public static EdgeFloraProcess StartBrief(params IEnumerable<string> arguments) =>
        Launch("dotnet", [Own, .. arguments], broker: null, stopsWithInput: false);

    /// <summary>As the program for linux-arm64, run by qemu.</summary>
    /// <param name="stopsWithInput">Whether it is a command that serves, and not one that ends by itself.</param>
    public static EdgeFloraProcess StartOnArm64(IEnumerable<string> arguments, bool stopsWithInput = true)
    {
        ProcessStartInfo start = Arm64Program.Start(stopsWithInput ? arguments.Append("--stop-with-input") : arguments);
        start.RedirectStandardInput = true;
        return new EdgeFloraProcess(Process.Start(start)!);
    }

    private static EdgeFloraProcess Launch(
        string program, IEnumerable<string> arguments, string? broker, IReadOnlyDictionary<string, string>? environment = null,
        bool stopsWithInput = true)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in stopsWithInput ? arguments.Append("--stop-with-input") : arguments)
        {
            start.ArgumentList.Add(argument);
        }

        if (broker is not null)
        {
            start.Environment[BrokerOption.Variable] = broker;
        }

        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        start.Environment["DOTNET_gcServer"] = "0";
        return new EdgeFloraProcess(Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start."));
    }

    /// <summary>Waits for a line; one that never comes fails the test.</summary>
    /// <param name="time">Which of the lines that begin so.</param>
    public async Task<string> LineAsync(string beginning, int time = 1)
    {
        string? Found() => Lines.Where(line => line.StartsWith(beginning, StringComparison.Ordinal)).ElementAtOrDefault(time - 1);
        await LimitedWait.UntilAsync(() => Found() is not null || process.HasExited, Describe, $"the line '{beginning}'");

        // What it said last may still be on its way here.
        await (Found() is null ? EndAsync() : Task.CompletedTask);
        return Found()
            ?? throw new InvalidOperationException($"It ended with exit code {process.ExitCode} and never said '{beginning}'. {Describe()}");
    }

    /// <summary>Ends it at once, as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await EndAsync();
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync()
    {
        await process.WaitForExitAsync(Stop).InTimeAsync(Describe, "its end");
        return process.ExitCode;
    }

    /// <summary>Waits for its end, or until told to stop.</summary>
    public async Task EndedAsync(CancellationToken stop) => await process.WaitForExitAsync(stop).ContinueWith(
        static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>Sends a signal by its name and waits for the end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> SignalAsync(string signal)
    {
        await TellAsync(signal);
        return await EndAsync();
    }

    /// <summary>Sends a signal by its name and does not wait for what comes of it.</summary>
    public async Task TellAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(Stop);
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
        if (disposed)
        {
            return;
        }

        disposed = true;
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        // Shown with a test that fails.
        TestContext.Current.TestOutputHelper?.WriteLine($"— {name}\n{string.Join('\n', Lines)}");
        process.Dispose();
    }

    private string Describe() => $"{name} has said: {string.Join(" | ", Lines)}";

    private void Add(string? line)
    {
        if (line is not null)
        {
            lock (lines)
            {
                lines.Add(line);
            }
        }
    }
}
