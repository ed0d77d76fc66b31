using System.Net;
using System.Net.Http.Json;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Tests.Api.Fakes;

namespace EdgeFlora.Coordinator.Tests.Api;

public sealed class EnrolmentApiTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_token_is_made_listed_used_once_and_never_kept_by_anybody_in_between()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient operate = api.Client(api.Operate);
        HttpResponseMessage made = await operate.PostAsJsonAsync(
            "/api/v1/agent-tokens", new { labels = new { site = "a" }, uses = 1, lifetimeSeconds = 60 }, Stop);
        CreatedAgentToken token = await made.ReadAsync<CreatedAgentToken>();
        Assert.Equal((HttpStatusCode.Created, "no-store"), (made.StatusCode, made.Headers.CacheControl!.ToString()));
        Assert.Equal(("olga", "a"), (token.Token.By, token.Token.Labels["site"]));
        Assert.Equal(token.Token.Id, Assert.Single(await (await operate.GetAsync("/api/v1/agent-tokens", Stop)).ReadAsync<AgentTokenSummary[]>()).Id);
        using HttpClient device = api.Client(token.Secret);

        HttpResponseMessage enrolled = await device.PostAsJsonAsync("/api/v1/enrolments", Request("pump"), Stop);
        HttpResponseMessage again = await device.PostAsJsonAsync("/api/v1/enrolments", Request("pump"), Stop);

        Assert.Equal((HttpStatusCode.Created, "no-store"), (enrolled.StatusCode, enrolled.Headers.CacheControl!.ToString()));
        Assert.Equal(("pump", "a"), ((await enrolled.ReadAsync<EnrolmentAnswer>()).Agent, token.Token.Labels["site"]));
        Assert.Equal(ProblemCode.Unauthorized, (await again.ProblemAsync()).Code);
        Assert.Equal(HttpStatusCode.Unauthorized, again.StatusCode);
    }

    [Fact]
    public async Task An_operators_token_enrols_nobody_and_an_agents_token_operates_nothing()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient operate = api.Client(api.Operate);
        CreatedAgentToken token = await (await operate.PostAsJsonAsync("/api/v1/agents/a/rotate", new { }, Stop)).ReadAsync<CreatedAgentToken>();
        using HttpClient device = api.Client(token.Secret);

        Assert.Equal(401, (await (await operate.PostAsJsonAsync("/api/v1/enrolments", Request("pump"), Stop)).ProblemAsync()).Status);
        Assert.Equal(401, (await (await device.GetAsync("/api/v1/agents", Stop)).ProblemAsync()).Status);
        Assert.Equal("a", token.Token.Agent);
        Assert.Equal(HttpStatusCode.NoContent, (await operate.DeleteAsync($"/api/v1/agent-tokens/{token.Token.Id}", Stop)).StatusCode);
        Assert.Equal(401, (await (await device.PostAsJsonAsync("/api/v1/enrolments", Request("a"), Stop)).ProblemAsync()).Status);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"agent\":\"a\",\"more\":1}")]
    [InlineData("[1")]
    public async Task A_body_that_is_none_is_told(string body)
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient device = api.Client("efa_whatever");
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        ApiProblem problem = await (await device.PostAsync("/api/v1/enrolments", content, Stop)).ProblemAsync();

        Assert.Equal((400, ProblemCode.InvalidInput), (problem.Status, problem.Code));
    }

    private static object Request(string agent) =>
        new { agent, installationId = Guid.Empty, passwordHash = "hash", platform = "linux-x64", version = "1" };
}
