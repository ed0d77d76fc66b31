using EdgeFlora.Cli.Tests.Client;

namespace EdgeFlora.Cli.Tests.Tokens;

[Collection(ServiceGroup.Name)]
public sealed class TokensCommandTests(ServiceFixture service)
{
    [Fact]
    public async Task A_token_is_made_used_listed_and_revoked()
    {
        string secret = (await service.OkAsync("tokens", "create", "ci", "--role", "view", "--context", "olga")).Trim();
        await service.AddContextAsync("ci", secret, service.Api.Fingerprint);

        Assert.Contains("NAME", await service.OkAsync("agents", "ls", "--context", "ci"), StringComparison.Ordinal);
        Assert.Matches(@"(?m)^ci +view ", await service.OkAsync("tokens", "ls", "--context", "olga"));
        Assert.Equal("revoked ci\n", await service.OkAsync("tokens", "revoke", "ci", "--context", "olga"));
        Assert.Equal(2, (await Commands.RunAsync("agents", "ls", "--context", "ci")).Code);
    }
}
