using System.Text.Json;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Logging;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Cli.Tests.Logging;

public sealed partial class LogFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edgeflora-log-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Every_event_is_one_line_of_JSON_with_its_message_level_source_and_values()
    {
        using (ILoggerFactory loggers = LogFile.Open(Path.Combine(folder, "state", "agent.log")))
        {
            Joined(loggers.CreateLogger("EdgeFlora.Agent"), "agent-1\nforged line", new InvalidOperationException("why"));
            Chatted(loggers.CreateLogger("EdgeFlora.Agent"));
        }

        string line = Assert.Single(File.ReadAllLines(Assert.Single(Files("state"))));
        using var read = JsonDocument.Parse(line);
        Assert.Equal("Joined as \"agent-1\nforged line\"", read.RootElement.GetProperty("@m").GetString());
        Assert.Equal("Warning", read.RootElement.GetProperty("@l").GetString());
        Assert.Equal("EdgeFlora.Agent", read.RootElement.GetProperty("SourceContext").GetString());
        Assert.Equal("agent-1\nforged line", read.RootElement.GetProperty("Name").GetString());
        Assert.Contains("InvalidOperationException: why", read.RootElement.GetProperty("@x").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_roll_and_the_oldest_go()
    {
        using (ILoggerFactory loggers = LogFile.Open(Path.Combine(folder, "agent.log"), maxFileBytes: 1000))
        {
            ILogger log = loggers.CreateLogger("x");
            for (int i = 0; i < 100; i++)
            {
                Joined(log, new string('a', 200), null);
            }
        }

        string[] files = Files("");
        Assert.Equal(LogFile.MaxFiles, files.Length);
        Assert.All(files, file => Assert.InRange(new FileInfo(file).Length, 1, 1600));
        Assert.All(files, file => Assert.Matches("/agent-[0-9]{8}(_[0-9]{3})?\\.log$", file.Replace('\\', '/')));
        Assert.Equal(Path.Combine(folder, "agent-*.log"), LogFile.Pattern(Path.Combine(folder, "agent.log")));
    }

    [Fact]
    public void Only_the_owner_can_read_them()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no such modes");
            return;
        }

        using (ILoggerFactory loggers = LogFile.Open(Path.Combine(folder, "agent.log")))
        {
            Joined(loggers.CreateLogger("x"), "a", null);
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Assert.Single(Files(""))));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_to_is_told_at_once()
    {
        File.WriteAllText(Path.Combine(folder, "file"), "");
        string path = Path.Combine(folder, "file", "agent.log");

        Assert.StartsWith(
            $"the log file {path} cannot be written: ",
            Assert.Throws<InputException>(() => LogFile.Open(path)).Message,
            StringComparison.Ordinal);
    }

    private string[] Files(string under) => Directory.GetFiles(Path.Combine(folder, under));

    [LoggerMessage(1, LogLevel.Warning, "Joined as {Name}")]
    private static partial void Joined(ILogger log, string name, Exception? exception);

    [LoggerMessage(2, LogLevel.Debug, "Nobody wants to read this")]
    private static partial void Chatted(ILogger log);
}
