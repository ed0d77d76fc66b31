using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Tests.Api.Fakes;

namespace EdgeFlora.Coordinator.Tests.Api;

public sealed class ApiDescriptionTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_published_document_is_the_one_that_is_served()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(null);
        string file = Path.Combine(Repository.Root, "docs", "api", "openapi.json");

        string served = (await client.GetStringAsync("/api/v1/openapi.json", Stop)).ReplaceLineEndings("\n").TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable(Repository.UpdateVariable) == "1")
        {
            await File.WriteAllTextAsync(file, served, Stop);
        }

        Assert.True(
            await File.ReadAllTextAsync(file, Stop) == served,
            $"docs/api/openapi.json is not what is served; run this test with {Repository.UpdateVariable}=1 and review the difference");
    }

    [Fact]
    public async Task Every_operation_says_what_it_does_and_whom_it_serves()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(null);

        JsonObject paths = JsonNode.Parse(await client.GetStringAsync("/api/v1/openapi.json", Stop))!["paths"]!.AsObject();

        JsonNode[] operations = [.. paths.SelectMany(path => path.Value!.AsObject()).Select(operation => operation.Value!)];
        Assert.Equal(42, operations.Length);
        Assert.All(operations, operation => Assert.NotEmpty(operation["summary"]!.GetValue<string>()));
        Assert.All(
            operations,
            operation => Assert.Matches("^Needs (a token of role|an agent token)", operation["description"]!.GetValue<string>()));
        Assert.All(operations, operation => Assert.NotNull(operation["responses"]!["401"]));
    }

    [Fact]
    public async Task Metrics_count_runs_agents_and_requests_by_route()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(api.Operate);
        Guid run = (await client.SubmittedAsync()).Summary.Id;
        await client.GetAsync($"/api/v1/runs/{run}", Stop);

        string metrics = await client.GetStringAsync("/metrics", Stop);

        Assert.Contains("edgeflora_runs{state=\"Queued\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("edgeflora_agents{state=\"online\"} 2", metrics, StringComparison.Ordinal);
        Assert.Contains("endpoint=\"/api/v1/runs/{id}\"", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain(run.ToString(), metrics, StringComparison.Ordinal);
    }
}
