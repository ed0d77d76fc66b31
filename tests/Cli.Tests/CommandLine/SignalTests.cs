using System.Diagnostics;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Tests.Train;

namespace EdgeFlora.Cli.Tests.CommandLine;

/// <summary>Commands as processes of their own, told to stop while they read their first file, which is a pipe that this test feeds.</summary>
public sealed class SignalTests : IDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-signals-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Adapter => Path.Combine(root, "adapter");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData("eval", "INT", ExitCode.Interrupted)]
    [InlineData("eval", "TERM", ExitCode.Terminated)]
    [InlineData("aggregate", "INT", ExitCode.Interrupted)]
    [InlineData("aggregate", "TERM", ExitCode.Terminated)]
    [InlineData("merge", "INT", ExitCode.Interrupted)]
    [InlineData("merge", "TERM", ExitCode.Terminated)]
    [InlineData("classify", "INT", ExitCode.Interrupted)]
    [InlineData("classify", "TERM", ExitCode.Terminated)]
    public async Task A_command_that_is_told_to_stop_ends_with_the_signals_code_says_nothing_and_leaves_nothing(string command, string signal, int code)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes with names and signals are tried on Linux.");
        string data = TrainData.Write(root);
        await Commands.RunAsync(TrainData.Command(data, Adapter));
        string config = Path.Combine(Adapter, "adapter_config.json");
        byte[] content = await File.ReadAllBytesAsync(config, Stop);
        File.Delete(config);
        await RunAsync("mkfifo", config);
        string target = Path.Combine(root, "out");
        string[] before = Entries();

        using Process process = Start(command switch
        {
            "eval" => ["eval", "--adapter", Adapter, "--data", data, "--threads", "1"],
            "aggregate" => ["aggregate", "--out", target, Adapter, Adapter],
            "merge" => ["merge", "--adapter", Adapter, "--out", target],
            _ => ["classify", "--adapter", Adapter, "parses a date"],
        });
        Task<string> output = process.StandardOutput.ReadToEndAsync(Stop), error = process.StandardError.ReadToEndAsync(Stop);

        // Open for writing once the command has opened it for reading; it waits for what it reads until the signal has been seen.
        Task feeding = FeedAsync(config, content, first: () => RunAsync("kill", $"-{signal}", $"{process.Id}"));
        await process.WaitForExitAsync(Stop).WaitAsync(Guard, Stop);
        await EndAsync(config, feeding);

        Assert.True(code == process.ExitCode, $"{command}: exit code {process.ExitCode}: {await output} {await error}");
        Assert.Equal("", await error);
        Assert.Equal(before, Entries());
    }

    /// <summary>Writes the file for each of its readers.</summary>
    private static Task FeedAsync(string pipe, byte[] content, Func<Task> first) => Task.Run(
        async () =>
        {
            for (bool isFirst = true; File.Exists(pipe); isFirst = false)
            {
                await using FileStream file = File.OpenWrite(pipe);
                if (isFirst)
                {
                    await first();
                }

                try
                {
                    await file.WriteAsync(content, Stop);
                    await file.FlushAsync(Stop);
                }
                catch (IOException)
                {
                    // The reader has gone.
                }
            }
        },
        Stop);

    /// <summary>Lets the writer go that waits for another reader.</summary>
    private static async Task EndAsync(string pipe, Task feeding)
    {
        while (!feeding.IsCompleted)
        {
            await using FileStream reader = new(pipe, FileMode.Open, FileAccess.ReadWrite);
            File.Delete(pipe);
            await feeding.WaitAsync(Guard, Stop);
        }

        await File.WriteAllTextAsync(pipe, "", Stop);
    }

    private static Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (IEnumerable<string>)[typeof(EdgeFloraCommand).Assembly.Location, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        await process.WaitForExitAsync(Stop);
        Assert.Equal(0, process.ExitCode);
    }

    private string[] Entries() => [.. Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
