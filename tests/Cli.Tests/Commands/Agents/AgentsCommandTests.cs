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
