using EdgeFlora.Cli.Tests.Client;
using EdgeFlora.EdgeAgent.Credentials;

namespace EdgeFlora.Cli.Tests.Commands.Tokens;

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
        Assert.Equal(2, (await CommandRunner.RunAsync("agents", "ls", "--context", "ci")).Code);
    }

    [Fact]
    public async Task An_agent_token_comes_as_the_command_that_uses_it()
    {
        string[] command = (await service
            .OkAsync("tokens", "create", "--agent", "--labels", "site=a,gpu=yes", "--ttl", "2h", "--uses", "3", "--context", "olga")).Trim()
            .Split(' ');

        Assert.Equal(
            [
                "edgeflora", "agent", "enroll", service.Api.Address.ToString().TrimEnd('/'), "--token", command[5],
                "--fingerprint", service.Api.Fingerprint!,
            ],
            command);
        Assert.Matches(
            @"(?m)^t\d+ +any +gpu=yes,site=a +3 +2026-01-02 05:04:05Z +olga$", await service.OkAsync("tokens", "ls", "--agent", "--context", "olga"));
        string state = Path.Combine(service.Folder, "pump-1");
        string said = await service.OkAsync([.. command[1..], "--name", "pump-1", "--state", state]);

        Assert.StartsWith(
            "enrolled as pump-1, labels site=a,gpu=yes; its broker is amqps://edgeflora-agent-pump-1@broker.example/",
            said,
            StringComparison.Ordinal);
        Assert.Equal("pump-1", StoredEnrolment.Read(state)!.Agent);
        Assert.True(File.Exists(StoredEnrolment.PasswordFileIn(state)));
        (int code, _, string error) = await CommandRunner.RunAsync(
            [.. command[1..], "--name", "pump-2", "--state", Path.Combine(service.Folder, "pump-2")]);
        Assert.Equal(2, code);
        Assert.StartsWith("edgeflora agent enroll: this agent token does not count", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_for_one_agent_names_it_and_ends_when_it_is_revoked()
    {
        string made = await service.OkAsync("tokens", "create", "--agent", "pump-7", "--json", "--context", "olga");
        string id = System.Text.Json.Nodes.JsonNode.Parse(made)!["token"]!["id"]!.GetValue<string>();

        Assert.EndsWith(" --name a\n", await service.OkAsync("agents", "rotate", "a", "--context", "olga"), StringComparison.Ordinal);
        string asked = await service.OkAsync("agents", "rotate", "a", "--ask", "--context", "olga");
        Assert.Contains("a is asked to change its password", asked, StringComparison.Ordinal);
        Assert.Contains("whose password its owner set (broker.password, broker.passwordFile), never does", asked, StringComparison.Ordinal);
        Assert.Contains(
            "\npassword      asked for another, and not changed yet; ",
            await service.OkAsync("agents", "show", "a", "--context", "olga"),
            StringComparison.Ordinal);
        Assert.Equal($"revoked {id}\n", await service.OkAsync("tokens", "revoke", "--agent", id, "--context", "olga"));
        Assert.Equal(2, (await CommandRunner.RunAsync("tokens", "revoke", "--agent", id, "--context", "olga")).Code);
    }

    [Theory]
    [InlineData("NAME is missing", "tokens", "create")]
    [InlineData("--ttl is given without --agent", "tokens", "create", "ci", "--ttl", "5m")]
    [InlineData("--role is given beside --agent", "tokens", "create", "--agent", "--role", "view")]
    [InlineData("--ttl is '31d'; it must be 1s … 30d", "tokens", "create", "--agent", "--ttl", "31d")]
    [InlineData("--labels has 'a'; write key=value", "tokens", "create", "--agent", "--labels", "a")]
    [InlineData("--key is given without --certificate", "agent", "enroll", "https://localhost:1", "--token", "efa_x", "--name", "a", "--key", "k")]
    [InlineData(
        "--certificate 'none.pem' cannot be used",
        "agent",
        "enroll",
        "https://localhost:1",
        "--token",
        "efa_x",
        "--name",
        "a",
        "--certificate",
        "none.pem")]
    [InlineData(
        "--name is 'Pump'; it must be 1 … 64 of the characters", "agent", "enroll", "https://localhost:1", "--token", "efa_x", "--name", "Pump")]
    [InlineData(
        "--token is missing, or no token; an operator makes one: edgeflora tokens create --agent",
        "agent",
        "enroll",
        "https://localhost:1",
        "--name",
        "pump")]
    [InlineData(
        "--token-file is 'absent', which is not a file", "agent", "enroll", "https://localhost:1", "--name", "pump", "--token-file", "absent")]
    [InlineData(
        "the service's URL is 'http://example.org'; beyond this machine it must be https://",
        "agent",
        "enroll",
        "http://example.org",
        "--name",
        "pump",
        "--token",
        "efa_x")]
    public async Task What_is_missing_or_does_not_go_together_is_told(string told, params string[] arguments)
    {
        (int code, _, string error) = await CommandRunner.RunAsync(arguments[0] == "tokens" ? [.. arguments, "--context", "olga"] : arguments);

        Assert.Equal(2, code);
        Assert.Contains(told, error, StringComparison.Ordinal);
    }
}
