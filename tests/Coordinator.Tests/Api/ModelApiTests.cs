using System.Net.Http.Headers;
using System.Net.Http.Json;
using EdgeFlora.Adapters.Archives;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Tests.Api.Fakes;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Api;

public sealed class ModelApiTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_model_is_added_listed_and_removed()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(api.Operate);
        string source = BaseModel.Write(folder["small"]);
        await File.WriteAllTextAsync(Path.Combine(source, "LICENSE"), "free", Stop);

        // More than a request may usually have.
        await File.WriteAllBytesAsync(Path.Combine(source, "vocab.txt"), new byte[3 << 20], Stop);
        ModelSummary added = await (await AddAsync(client, "small", source)).ReadAsync<ModelSummary>();
        ModelSummary[] listed = (await client.GetFromJsonAsync<ModelSummary[]>("/api/v1/models", ApiJson.Options, Stop))!;
        HttpResponseMessage removed = await client.DeleteAsync("/api/v1/models/small", Stop);

        Assert.Equal(("small", "bert", ModelOrigin.Added, "LICENSE"), (added.Name, added.Family, added.Origin, added.Licence));
        Assert.Equal(ModelArchive.Of(source).Size, added.ArchiveBytes);
        Assert.Equal(added, Assert.Single(listed));
        Assert.Equal(204, (int)removed.StatusCode);
        Assert.Empty((await client.GetFromJsonAsync<ModelSummary[]>("/api/v1/models", ApiJson.Options, Stop))!);
    }

    [Fact]
    public async Task A_model_of_a_run_that_is_not_over_stays()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(api.Operate);
        RunDetail run = await client.SubmittedAsync();
        await AddAsync(client, run.Summary.Model, BaseModel.Write(folder["small"]));

        ApiProblem refused = await (await client.DeleteAsync($"/api/v1/models/{run.Summary.Model}", Stop)).ProblemAsync();

        Assert.Equal(409, refused.Status);
        Assert.Equal($"model '{run.Summary.Model}' is in use by run '{run.Summary.Name}' ({run.Summary.Id})", refused.Detail);
    }

    [Fact]
    public async Task A_repeat_of_a_request_finds_what_the_first_added()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(api.Operate);
        string source = BaseModel.Write(folder["small"]);
        client.DefaultRequestHeaders.Add("Idempotency-Key", "first");

        ModelSummary first = await (await AddAsync(client, "small", source)).ReadAsync<ModelSummary>();
        ModelSummary again = await (await AddAsync(client, "small", source)).ReadAsync<ModelSummary>();

        Assert.Equal(first, again);
    }

    [Fact]
    public async Task Whoever_may_only_look_adds_and_removes_nothing()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(api.View);

        Assert.Equal(403, (await (await AddAsync(client, "small", BaseModel.Write(folder["small"]))).ProblemAsync()).Status);
        Assert.Equal(403, (await (await client.DeleteAsync("/api/v1/models/small", Stop)).ProblemAsync()).Status);
        Assert.Equal(200, (int)(await client.GetAsync("/api/v1/models", Stop)).StatusCode);
    }

    [Fact]
    public async Task Names_that_are_none_or_taken_or_unknown_are_told()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(api.Operate);
        string source = BaseModel.Write(folder["small"]);
        await (await AddAsync(client, "small", source)).ReadAsync<ModelSummary>();

        Assert.Equal(
            "name is '../up'; it must be 1 … 64 letters, digits, '.', '_' and '-', beginning with a letter or a digit",
            (await (await AddAsync(client, "../up", source)).ProblemAsync()).Detail);
        Assert.Equal("there is a model 'small' already", (await (await AddAsync(client, "small", source)).ProblemAsync()).Detail);
        Assert.Equal("there is no model 'tiny'", (await (await client.DeleteAsync("/api/v1/models/tiny", Stop)).ProblemAsync()).Detail);
    }

    private static async Task<HttpResponseMessage> AddAsync(HttpClient client, string name, string source)
    {
        using var content = new StreamContent(ModelArchive.Of(source).OpenRead());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-tar");
        return await client.PostAsync($"/api/v1/models?name={Uri.EscapeDataString(name)}", content, Stop);
    }
}
