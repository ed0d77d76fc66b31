using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Transport.Blobs;
using Npgsql;

namespace EdgeFlora.Coordinator.Tests.Api;

public sealed class RunApiTests : ServedApiTests
{
    [Fact]
    public async Task A_submitted_run_is_created_found_and_listed()
    {
        HttpResponseMessage response = await client.SubmitAsync();
        RunDetail run = await response.ReadAsync<RunDetail>();

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal($"/api/v1/runs/{run.Summary.Id}", response.Headers.Location?.ToString());
        Assert.Equal(7, run.Summary.Id.Version);
        Assert.Equal(3, (await client.GetFromJsonAsync<RunDetail>(response.Headers.Location, ApiJson.Options, Stop))!.Summary.Rounds);
        Assert.Equal(run.Summary.Id, Assert.Single((await ListAsync("")).Items).Id);
        Assert.Equal(run.Summary.Id, Assert.Single((await ListAsync($"?id={run.Summary.Id.ToString()[..13]}&state=queued")).Items).Id);
        Assert.Empty((await ListAsync("?state=Completed")).Items);
    }

    [Fact]
    public async Task JSON_is_submitted_as_well_as_YAML()
    {
        HttpResponseMessage response = await client.PostAsJsonAsync(
            "/api/v1/runs", new { labels = new[] { "a", "b" }, rounds = new { count = 4 } }, Stop);

        Assert.Equal(4, (await response.ReadAsync<RunDetail>()).Summary.Rounds);
    }

    [Fact]
    public async Task A_spec_with_mistakes_is_answered_with_all_of_them_and_nothing_is_submitted()
    {
        ApiProblem problem = await (await client.SubmitAsync("labels: [a]\nrounds: {count: 0}\nlora: {rnak: 4}")).ProblemAsync();

        Assert.Equal(
            (400, ProblemCode.InvalidInput, "the spec has 3 mistakes; nothing was submitted"), (problem.Status, problem.Code, problem.Detail));
        Assert.Equal(["labels", "rounds.count", "lora.rnak"], problem.Errors!.Select(mistake => mistake.Setting));
        Assert.Equal((2, 17, "0"), (problem.Errors![1].Row, problem.Errors[1].Column, problem.Errors[1].Value));
        Assert.Empty((await ListAsync("")).Items);
    }

    [Fact]
    public async Task A_repeat_under_one_key_gets_the_first_answer_and_another_request_is_refused()
    {
        RunDetail first = await (await client.SubmitAsync(key: "k1")).ReadAsync<RunDetail>();
        RunDetail again = await (await client.SubmitAsync(key: "k1")).ReadAsync<RunDetail>();
        ApiProblem other = await (await client.SubmitAsync("labels: [x, y]", key: "k1")).ProblemAsync();

        Assert.Equal(first.Summary.Id, again.Summary.Id);
        Assert.Equal((422, ProblemCode.KeyReused), (other.Status, other.Code));
        Assert.Single((await ListAsync("")).Items);
    }

    [Theory]
    [InlineData("")]
    [InlineData("has space")]
    public async Task A_key_that_is_none_is_refused(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/runs")
        {
            Content = new StringContent(
            ApiClientExtensions.Spec, null, "application/yaml")
        };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);

        Assert.Equal(ProblemCode.InvalidInput, (await (await client.SendAsync(request, Stop)).ProblemAsync()).Code);
    }

    [Fact]
    public async Task Commands_move_a_run_and_remember_who_gave_them()
    {
        Guid id = (await client.SubmittedAsync()).Summary.Id;

        Assert.Equal(RunState.Paused, (await CommandAsync(id, "pause", new CommandReason("lunch"))).Summary.State);
        Assert.Equal(RunState.Queued, (await CommandAsync(id, "resume", null)).Summary.State);
        RunDetail cancelled = await CommandAsync(id, "cancel", new CommandReason("enough"));

        Assert.Equal((RunState.Cancelled, "enough"), (cancelled.Summary.State, cancelled.Summary.Reason));
        Assert.Equal(["lunch", null, "enough"], cancelled.History.Select(change => change.Reason));
        Assert.All(cancelled.History, change => Assert.Equal("olga", change.By));
    }

    [Fact]
    public async Task What_does_not_go_with_a_state_is_a_conflict()
    {
        Guid id = (await client.SubmittedAsync()).Summary.Id;

        ApiProblem problem = await (await client.DeleteAsync($"/api/v1/runs/{id}", Stop)).ProblemAsync();

        Assert.Equal((409, ProblemCode.Conflict, $"end it first: edgeflora runs cancel {id}"), (problem.Status, problem.Code, problem.Fix));
    }

    [Fact]
    public async Task A_run_that_is_over_can_be_deleted()
    {
        Guid id = (await client.SubmittedAsync()).Summary.Id;
        await CommandAsync(id, "cancel", null);

        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync($"/api/v1/runs/{id}", Stop)).StatusCode);
        Assert.Equal(404, (await (await client.GetAsync($"/api/v1/runs/{id}", Stop)).ProblemAsync()).Status);
    }

    [Fact]
    public async Task A_change_keeps_to_what_may_change()
    {
        Guid id = (await client.SubmittedAsync()).Summary.Id;

        RunDetail changed = await (await client.PatchAsync($"/api/v1/runs/{id}", JsonContent.Create(new { rounds = 7, softDeadline = "5m", note = "longer" }), Stop)).ReadAsync<RunDetail>();
        ApiProblem mistyped = await (await client.PatchAsync($"/api/v1/runs/{id}", JsonContent.Create(new { round = 9 }), Stop)).ProblemAsync();
        ApiProblem wrong = await (await client.PatchAsync($"/api/v1/runs/{id}", JsonContent.Create(new { rounds = 0 }), Stop)).ProblemAsync();

        Assert.Equal((7, "longer", "5m"), (changed.Summary.Rounds, changed.Summary.Note, changed.Spec["deadlines"]!["soft"]!.GetValue<string>()));
        Assert.Equal(ProblemCode.InvalidInput, mistyped.Code);
        Assert.Equal((ProblemCode.InvalidChange, "rounds.count"), (wrong.Code, Assert.Single(wrong.Errors!).Setting));
        Assert.Equal(7, (await client.GetFromJsonAsync<RunDetail>($"/api/v1/runs/{id}", ApiJson.Options, Stop))!.Summary.Rounds);
    }

    [Fact]
    public async Task A_fork_takes_the_spec_of_its_origin_with_what_differs()
    {
        Guid id = (await client.SubmittedAsync()).Summary.Id;

        HttpResponseMessage response = await client.PostAsJsonAsync(
            $"/api/v1/runs/{id}/fork", new { fromRound = 2, set = new[] { "training.steps=9" } }, Stop);
        RunDetail fork = await response.ReadAsync<RunDetail>();

        Assert.Equal(new RunOrigin(id, 2), fork.ForkedFrom);
        Assert.Equal("""{"labels":["spam","ham"],"rounds":{"count":3},"training":{"steps":9}}""", fork.Spec.ToJsonString());
    }

    [Fact]
    public async Task An_adapter_comes_as_a_zip_with_its_hash()
    {
        Guid id = (await client.SubmittedAsync()).Summary.Id;

        HttpResponseMessage response = await client.GetAsync($"/api/v1/runs/{id}/adapter?round=1", Stop);
        using var zip = new ZipArchive(await response.Content.ReadAsStreamAsync(Stop));

        Assert.Equal("application/zip", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal($"\"{new string('a', 64)}\"", response.Headers.ETag?.Tag);
        Assert.Equal("adapter/adapter_config.json", Assert.Single(zip.Entries).FullName);
        Assert.Equal(404, (await (await client.GetAsync($"/api/v1/runs/{id}/adapter?round=2", Stop)).ProblemAsync()).Status);
    }

    [Theory]
    [InlineData("GET", "/api/v1/runs/0192f3a4-5b6c-7d8e-9f01-23456789abcd", 404)]
    [InlineData("GET", "/api/v1/runs/17", 404)]
    [InlineData("POST", "/api/v1/runs/0192f3a4-5b6c-7d8e-9f01-23456789abcd/pause", 404)]
    [InlineData("GET", "/api/v1/nothing", 404)]
    [InlineData("DELETE", "/api/v1/models", 405)]
    [InlineData("GET", "/api/v1/runs?limit=0", 400)]
    [InlineData("GET", "/api/v1/runs?limit=many", 400)]
    [InlineData("GET", "/api/v1/runs?state=Sleeping", 400)]
    [InlineData("GET", "/api/v1/agents?selector=site%20on%20a", 400)]
    public async Task What_cannot_be_answered_is_a_problem_with_its_status(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        ApiProblem problem = await (await client.SendAsync(request, Stop)).ProblemAsync();

        Assert.Equal(status, problem.Status);
        Assert.NotEmpty(problem.Detail!);
    }

    [Fact]
    public async Task A_body_of_another_kind_is_told_what_is_read()
    {
        using var content = new FormUrlEncodedContent([KeyValuePair.Create("labels", "a,b")]);

        ApiProblem problem = await (await client.PostAsync("/api/v1/runs", content, Stop)).ProblemAsync();

        Assert.Equal((415, "send application/json (or application/yaml, for a run spec)"), (problem.Status, problem.Fix));
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused()
    {
        using var content = new ByteArrayContent(new byte[2 << 20]);
        content.Headers.ContentType = new("application/json");

        ApiProblem problem = await (await client.PostAsync("/api/v1/runs", content, Stop)).ProblemAsync();

        Assert.Equal((413, ProblemCode.TooLarge), (problem.Status, problem.Code));
    }

    [Fact]
    public async Task A_fault_of_the_service_tells_the_client_nothing_of_its_inside()
    {
        api.Runs.Failure = new InvalidOperationException("secret table 'x' is missing");

        ApiProblem problem = await (await client.GetAsync("/api/v1/runs", Stop)).ProblemAsync();

        Assert.Equal(
            (500, ProblemCode.Internal, "the service failed at this; its log has the details"), (problem.Status, problem.Code, problem.Detail));
    }

    [Fact]
    public async Task What_passes_by_itself_is_no_fault_and_may_be_asked_again()
    {
        (Exception, string)[] passing =
        [
            (new TermLostException("Another replica leads."), "Another replica leads."),
            (new StoreUnavailableException("It does not answer."), "It does not answer."),
            (new ArchiveAwayException("A body could not be read."), "A body could not be read."),
            (new PostgresException("it goes", "FATAL", "FATAL", "57P01"), "the service's database is away (57P01: it goes)"),
            (new OperationCanceledException(), "the service ends, or another replica takes over from it"),
        ];
        foreach ((Exception failure, string said) in passing)
        {
            api.Runs.Failure = failure;

            using HttpResponseMessage answer = await client.GetAsync("/api/v1/runs", Stop);

            ApiProblem problem = await answer.ProblemAsync();
            Assert.Equal((503, ProblemCode.Unavailable, said), (problem.Status, problem.Code, problem.Detail));
            Assert.Equal(TimeSpan.FromSeconds(2), answer.Headers.RetryAfter?.Delta);
        }
    }

    private async Task<Page<RunSummary>> ListAsync(string query) => (
        await client.GetFromJsonAsync<Page<RunSummary>>("/api/v1/runs" + query, ApiJson.Options, Stop))!;

    private async Task<RunDetail> CommandAsync(Guid run, string verb, CommandReason? reason) =>
        await (await client.PostAsync($"/api/v1/runs/{run}/{verb}", reason is null ? null : JsonContent.Create(reason), Stop)).ReadAsync<RunDetail>();
}
