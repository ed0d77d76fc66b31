using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Commands.Agent;

namespace EdgeFlora.Cli.Tests.Commands.Agent;

public sealed class AgentReadyCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edgeflora-cli-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task An_agent_is_ready_from_when_it_was_let_in_until_it_ends()
    {
        (int before, _, string why) = await LookAsync();
        using (var mark = new ReadyMark(folder))
        {
            mark.Set();
            mark.Set();
            Assert.Equal((ExitCode.Done, $"the agent of '{folder}' is at work\n", ""), await LookAsync());
        }

        // What an agent leaves that was killed: the file, and nobody who holds it.
        (int after, _, _) = await LookAsync();
        Assert.Equal((ExitCode.Unreachable, ExitCode.Unreachable), (before, after));
        Assert.Contains("is not at work: it does not run, or no coordinator has let it in yet", why, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(folder));
    }

    [Fact]
    public async Task A_folder_that_is_none_is_told_from_an_agent_that_does_not_run()
    {
        (int code, _, string error) = await CommandRunner.RunAsync("agent", "ready", "--state", Path.Combine(folder, "none"));

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("which is no folder", error, StringComparison.Ordinal);
    }

    private Task<(int Code, string Output, string Error)> LookAsync() => CommandRunner.RunAsync("agent", "ready", "--state", folder);
}
