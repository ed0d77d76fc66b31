using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.Tests.Client;

namespace EdgeFlora.Cli.Tests.Commands.Contexts;

[Collection(ServiceGroup.Name)]
public sealed class ContextCommandTests(ServiceFixture service)
{
    [Fact]
    public async Task A_context_is_added_chosen_listed_and_forgotten_and_its_token_never_shown()
    {
        await service.AddContextAsync("spare", "efo_spare", service.Api.Fingerprint);
        await service.OkAsync("context", "use", "olga");
        string listed = await service.OkAsync("context", "ls");
        string json = await service.OkAsync("context", "ls", "--json");
        await service.OkAsync("context", "rm", "spare");

        Assert.Matches(@"(?m)^\*  olga +https://127\.0\.0\.1:\d+ +yes +pinned$", listed);
        Assert.DoesNotContain("efo_spare", listed + json, StringComparison.Ordinal);
        Assert.Equal(2, (await CommandRunner.RunAsync("context", "use", "spare")).Code);
    }

    [Fact]
    public async Task The_file_is_for_its_owner_alone_and_one_that_is_not_is_refused()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("there are no modes of files on Windows");
            return;
        }

        UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(owner, File.GetUnixFileMode(ContextFile.Location));
        File.SetUnixFileMode(ContextFile.Location, owner | UnixFileMode.GroupRead);
        try
        {
            (int code, _, string error) = await CommandRunner.RunAsync("runs", "ls");

            Assert.Equal(2, code);
            Assert.Contains("holds tokens and is open to others", error, StringComparison.Ordinal);
        }
        finally
        {
            File.SetUnixFileMode(ContextFile.Location, owner);
        }
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("")]
    public async Task A_file_that_holds_no_token_is_refused(string content)
    {
        (int code, _, string error) = await CommandRunner.RunAsync(
            "context", "add", "x", "https://localhost", "--token-file", service.Write("no.token", content));

        Assert.Equal(2, code);
        Assert.Contains("does not hold a token", error, StringComparison.Ordinal);
    }
}
