using System.Net.Http.Json;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Tests.Api.Fakes;

namespace EdgeFlora.Coordinator.Tests.Api;

public sealed class AgentApiTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Agents_are_listed_by_selector_labelled_and_moved()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(api.Operate);

        Page<AgentSummary> berlin = (
            await client.GetFromJsonAsync<Page<AgentSummary>>("/api/v1/agents?selector=site%3Dberlin", ApiJson.Options, Stop))!;
        AgentDetail labelled = await (await client.PatchAsync("/api/v1/agents/a/labels", JsonContent.Create(new { set = new { gpu = "yes" }, remove = new[] { "site" } }), Stop)).ReadAsync<AgentDetail>();
        AgentDetail drained = await PostAsync(client, "a/drain");
        AgentDetail quarantined = await PostAsync(client, "a/quarantine");
        AgentDetail released = await PostAsync(client, "a/release");

        Assert.Equal("a", Assert.Single(berlin.Items).Name);
        Assert.Equal(new Dictionary<string, string> { ["gpu"] = "yes" }, labelled.Summary.Labels);
        Assert.Equal(
            [AgentStanding.Draining, AgentStanding.Quarantined, AgentStanding.Active],
            new[] { drained, quarantined, released }.Select(agent => agent.Summary.Standing));
    }

    [Fact]
    public async Task Labels_that_are_none_are_named()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(api.Operate);

        ApiProblem problem = await (await client.PatchAsync("/api/v1/agents/a/labels", JsonContent.Create(new { set = new Dictionary<string, string> { ["a b"] = "c" } }), Stop)).ProblemAsync();

        Assert.Equal("labels must be of 1 … 63 letters, digits, '.', '_' and '-', which these are not: 'a b'", problem.Detail);
        Assert.Equal(404, (await (await client.GetAsync("/api/v1/agents/nobody", Stop)).ProblemAsync()).Status);
    }

    private static async Task<AgentDetail> PostAsync(HttpClient client, string path) =>
        await (await client.PostAsync($"/api/v1/agents/{path}", null, Stop)).ReadAsync<AgentDetail>();
}
