using EdgeFlora.Cli.Tests.Client;

namespace EdgeFlora.Cli.Tests.Commands.Agents;

[Collection(ServiceGroup.Name)]
public sealed class AgentsCommandTests(ServiceFixture service)
{
    private static readonly string[] As = ["--context", "olga"];

    [Fact]
    public async Task Agents_are_listed_shown_labelled_and_moved()
    {
        Assert.Matches(@"(?m)^b +Online +Active .* site=paris ", await service.OkAsync(["agents", "ls", "-l", "site in (paris)", .. As]));
        Assert.Contains("gpu=yes", await service.OkAsync(["agents", "label", "a", "gpu=yes", "site-", .. As]), StringComparison.Ordinal);
        Assert.DoesNotContain("site=", await service.OkAsync(["agents", "show", "a", .. As]), StringComparison.Ordinal);
        (string Verb, string Standing)[] steps =
            [("drain", "Draining"), ("quarantine", "Quarantined"), ("release", "Active"), ("revoke", "Revoked"), ("release", "Active")];
        foreach ((string verb, string standing) in steps)
        {
            Assert.Contains(standing, await service.OkAsync(["agents", verb, "a", .. As]), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_last_lines_of_a_terminal_are_shown_as_plain_text()
    {
        Assert.Equal("a at 1970-01-01 00:00:00Z:\nidle\n[31mtraining for round 1\n", await service.OkAsync(["agents", "log", "a", .. As]));
        Assert.Contains("terminal      idle\n", await service.OkAsync(["agents", "show", "a", .. As]), StringComparison.Ordinal);
        Assert.StartsWith(
            "b has told nothing since the service began", await service.OkAsync(["agents", "log", "b", .. As]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Versions_are_compared() => Assert.Equal(
        [
            "VERSION         WANTED  ONLINE  AGENTS  TASKS  FAILED  REFUSED  LOSS AFTER / BEFORE",
            "0.1.0           -       2       3       10     1       0        0.950",
            "0.2.0+01234567  yes     1       1       0      0       0        -",
        ],
        (await service.OkAsync(["agents", "versions", .. As])).Split('\n', StringSplitOptions.RemoveEmptyEntries));

    [Theory]
    [InlineData("agents ls -l site+on", "edgeflora agents ls: selector: 'site on' is no term of a selector")]
    [InlineData("agents show nobody", "edgeflora agents show: there is no agent 'nobody'; list agents: edgeflora agents ls")]
    [InlineData("agents label a gpu", "edgeflora agents label: LABEL is 'gpu'; it must be key=value, or key- to take a label away")]
    public async Task What_cannot_be_done_is_told(string command, string because)
    {
        (int code, _, string error) = await CommandRunner.RunAsync([.. command.Split(' ').Select(word => word.Replace('+', ' ')), .. As]);

        Assert.Equal(2, code);
        Assert.StartsWith(because, error, StringComparison.Ordinal);
    }
}
