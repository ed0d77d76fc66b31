using System.Diagnostics;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Tests.Commands.Train;

namespace EdgeFlora.Cli.Tests.Hosting;

/// <summary>Commands as processes of their own, told to stop while they read their first file, which is a pipe that this test feeds.</summary>
public sealed class SignalTests : IDisposable
{
    /// <summary>
    /// The pipe can be opened for writing once the command has opened it for reading; what it waits for comes after the signal. By then the file
    /// itself is in the pipe's place, for whoever
    /// reads it again.
    /// </summary>
    private const string Feed = """exec 3>"$1"; kill -"$2" "$3"; cp "$4" "$1.new"; mv "$1.new" "$1"; cat "$4" >&3""";

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
    public async Task A_command_that_is_told_to_stop_ends_with_the_signals_code_says_nothing_and_leaves_nothing(
        string command, string signal, int code)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes with names and signals are tried on Linux.");
        string data = TrainData.Write(root);
        (int trained, _, string complaint) = await CommandRunner.RunAsync(TrainData.Command(data, Adapter));
        Assert.True(trained == 0, complaint);
        string other = Copy(Adapter, Path.Combine(root, "other"));
        string config = Path.Combine(Adapter, "adapter_config.json");
        string content = Path.Combine(root, "content.json");
        File.Move(config, content);
        await RunAsync("mkfifo", config);
        string target = Path.Combine(root, "out");
        string[] before = Entries();

        using Process process = Start(command switch
        {
            "eval" => ["eval", "--adapter", Adapter, "--data", data, "--threads", "1"],
            "aggregate" => ["aggregate", "--out", target, Adapter, other],
            "merge" => ["merge", "--adapter", Adapter, "--out", target],
            _ => ["classify", "--adapter", Adapter, "parses a date"],
        });
        Task<string> output = process.StandardOutput.ReadToEndAsync(Stop), error = process.StandardError.ReadToEndAsync(Stop);

        using Process feeding = Process.Start("sh", ["-c", Feed, "sh", config, signal, $"{process.Id}", content]);
        try
        {
            await process.WaitForExitAsync(Stop).InTimeAsync();
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            await feeding.WaitForExitAsync(Stop);
        }

        Assert.True(code == process.ExitCode, $"{command}: exit code {process.ExitCode}: {await output} {await error}");
        Assert.Equal("", await error);
        Assert.Equal(before, Entries());
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

    private static string Copy(string folder, string target)
    {
        Directory.CreateDirectory(target);
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        return target;
    }

    private string[] Entries() => [.. Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
