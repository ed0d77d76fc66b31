using EdgeFlora.Cli.Client;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Tests.Client;

[Collection(ServiceGroup.Name)]
public sealed class ConnectionTests(ServiceFixture service)
{
    [Fact]
    public async Task A_service_that_is_not_there_ends_with_4_and_says_what_to_look_at()
    {
        await service.OkAsync("context", "add", "gone", "https://localhost:1", "--fingerprint", $"sha256:{new string('0', 64)}");

        (int code, string output, string error) = await CommandRunner.RunAsync("runs", "ls", "--context", "gone");

        Assert.Equal((4, ""), (code, output));
        Assert.StartsWith("edgeflora runs ls: https://localhost:1 cannot be reached: ", error, StringComparison.Ordinal);
        Assert.EndsWith(
            "is the service running (edgeflora coordinator), and the context right (edgeflora context ls)?\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_certificate_than_the_pinned_one_gets_no_token()
    {
        await service.AddContextAsync("middle", service.Api.Operate, $"sha256:{new string('a', 64)}");

        (int code, _, string error) = await CommandRunner.RunAsync("runs", "ls", "--context", "middle");

        Assert.Equal(4, code);
        Assert.Contains("shows another certificate than the one that was pinned", error, StringComparison.Ordinal);
        Assert.DoesNotContain(service.Api.Operate, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_self_made_certificate_is_not_trusted_without_its_fingerprint()
    {
        await service.AddContextAsync("unpinned", service.Api.Operate, null);

        (int code, _, string error) = await CommandRunner.RunAsync("runs", "ls", "--context", "unpinned");

        Assert.Equal(4, code);
        Assert.Contains("pin it with the fingerprint that the service prints", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_does_not_count_ends_with_2()
    {
        await service.AddContextAsync("stranger", "efo_stranger", service.Api.Fingerprint);

        (int code, _, string error) = await CommandRunner.RunAsync("runs", "ls", "--context", "stranger");

        Assert.Equal(2, code);
        Assert.Contains("does not accept this operator token; add one: edgeflora context add NAME", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_may_view_cannot_operate()
    {
        string run = await service.SubmitAsync();

        (int code, _, string error) = await CommandRunner.RunAsync("runs", "pause", run, "--context", "vera");

        Assert.Equal(
            (2, "edgeflora runs pause: the token 'vera' may only view; use a token of role operate: edgeflora tokens create NAME --role operate\n"),
            (code, error));
    }

    [Fact]
    public async Task The_environment_names_a_service_too()
    {
        string id = await service.SubmitAsync();
        Environment.SetEnvironmentVariable(ConnectionOptions.UrlVariable, service.Api.Address.ToString());
        Environment.SetEnvironmentVariable(ConnectionOptions.TokenVariable, service.Api.View);
        Environment.SetEnvironmentVariable(ConnectionOptions.FingerprintVariable, service.Api.Fingerprint);
        try
        {
            Assert.Contains(id, await service.OkAsync("runs", "show", id), StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(ConnectionOptions.UrlVariable, null);
            Environment.SetEnvironmentVariable(ConnectionOptions.TokenVariable, null);
            Environment.SetEnvironmentVariable(ConnectionOptions.FingerprintVariable, null);
        }
    }

    [Fact]
    public async Task A_service_that_changes_its_leader_is_asked_again()
    {
        var told = new List<string>();
        using var client = new ServiceClient(new ServiceContext(service.Api.Address.ToString(), service.Api.Operate, service.Api.Fingerprint))
        {
            Waits = line =>
            {
                told.Add(line);
                service.Api.StandsBy = null;
            },
        };
        service.Api.StandsBy = "nobody leads yet";
        OperatorTokenSummary[] tokens = await client.GetAsync<OperatorTokenSummary[]>("/api/v1/tokens", TestContext.Current.CancellationToken);

        Assert.NotEmpty(tokens);
        Assert.Equal(
            ["this replica stands by: nobody leads yet; ask again in a moment: whoever leads then answers (asking again for up to 30 s)"], told);
    }

    [Theory]
    [InlineData("http://example.org:80", "beyond this machine it must be https://")]
    [InlineData("ftp://localhost", "it must be https://HOST:PORT")]
    [InlineData("https://user:password@localhost", "it must be https://HOST:PORT")]
    public async Task A_url_that_would_betray_the_token_is_refused(string url, string because)
    {
        (int code, _, string error) = await CommandRunner.RunAsync("context", "add", "bad", url);

        Assert.Equal(2, code);
        Assert.Contains(because, error, StringComparison.Ordinal);
    }
}
