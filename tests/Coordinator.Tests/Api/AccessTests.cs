using System.Net;
using System.Net.Http.Json;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Api.Access;
using EdgeFlora.Coordinator.Tests.Api.Fakes;

namespace EdgeFlora.Coordinator.Tests.Api;

public sealed class AccessTests
{
    private const string Run = "/api/v1/runs/0192f3a4-5b6c-7d8e-9f01-23456789abcd";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static readonly (string Method, string Path)[] Commands =
    [
        ("POST", "/api/v1/runs"), ("POST", Run + "/pause"), ("POST", Run + "/resume"), ("POST", Run + "/cancel"), ("POST", Run + "/fork"), ("PATCH", Run), ("DELETE", Run),
        ("PATCH", "/api/v1/agents/a/labels"), ("POST", "/api/v1/agents/a/drain"), ("POST", "/api/v1/agents/a/quarantine"), ("POST", "/api/v1/agents/a/release"),
        ("POST", "/api/v1/agents/a/revoke"), ("GET", "/api/v1/tokens"), ("POST", "/api/v1/tokens"), ("DELETE", "/api/v1/tokens/olga"),
        ("GET", "/api/v1/agent-tokens"), ("POST", "/api/v1/agent-tokens"), ("DELETE", "/api/v1/agent-tokens/t1"), ("POST", "/api/v1/agents/a/rotate"),
        ("POST", "/api/v1/agents/a/renew"),
    ];

    private static readonly string[] Views =
    [
        "/api/v1/runs", Run, Run + "/rounds", Run + "/events", Run + "/ledger", Run + "/adapter", "/api/v1/events", "/api/v1/agents", "/api/v1/agents/a", "/api/v1/models", "/api/v1/status", "/api/v1/resources", "/api/v1/alerts", "/api/v1/me", "/metrics",
    ];

    [Fact]
    public async Task A_token_that_may_view_cannot_operate()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(api.View);
        foreach ((string method, string path) in Commands)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);

            ApiProblem problem = await (await client.SendAsync(request, Stop)).ProblemAsync();

            Assert.Equal((path, 403, ProblemCode.Forbidden, "the token 'vera' may only view"), (path, problem.Status, problem.Code, problem.Detail));
        }

        Assert.Empty(api.Runs.Operators);
    }

    [Fact]
    public async Task Nothing_is_told_without_a_token()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(null);
        foreach (string path in Views)
        {
            Assert.Equal((path, 401), (path, (await (await client.GetAsync(path, Stop)).ProblemAsync()).Status));
        }
    }

    [Fact]
    public async Task Missing_wrong_and_revoked_tokens_get_the_same_answer_to_the_byte()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(api.Operate);
        CreatedOperatorToken revoked = await (await client.PostAsJsonAsync("/api/v1/tokens", new { name = "gone", role = "Operate" }, Stop)).ReadAsync<CreatedOperatorToken>();
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync("/api/v1/tokens/gone", Stop)).StatusCode);

        var answers = new HashSet<string>();
        foreach (string? token in new[] { null, "efo_wrong", revoked.Secret, api.Operate[..^1], new string('x', 5000) })
        {
            using HttpClient other = api.Client(token);
            HttpResponseMessage response = await other.GetAsync("/api/v1/runs", Stop);
            Assert.Equal((HttpStatusCode.Unauthorized, "Bearer"), (response.StatusCode, response.Headers.WwwAuthenticate.ToString()));
            answers.Add(await response.Content.ReadAsStringAsync(Stop));
        }

        Assert.Single(answers);
    }

    [Fact]
    public async Task A_secret_is_shown_once_and_kept_as_a_hash_that_only_the_owner_reads()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(api.Operate);

        CreatedOperatorToken created = await (await client.PostAsJsonAsync("/api/v1/tokens", new { name = "ci", role = "View" }, Stop)).ReadAsync<CreatedOperatorToken>();

        string file = Path.Combine(api.Folder, "operator-tokens.json");
        Assert.DoesNotContain(created.Secret, await File.ReadAllTextAsync(file, Stop), StringComparison.Ordinal);
        Assert.DoesNotContain(created.Secret, await client.GetStringAsync("/api/v1/tokens", Stop), StringComparison.Ordinal);
        using HttpClient ci = api.Client(created.Secret);
        Assert.Equal(HttpStatusCode.OK, (await ci.GetAsync("/api/v1/runs", Stop)).StatusCode);
        if (!OperatingSystem.IsWindows())
        {
            foreach (string kept in Directory.EnumerateFiles(api.Folder))
            {
                Assert.Equal((kept, UnixFileMode.UserRead | UnixFileMode.UserWrite), (kept, File.GetUnixFileMode(kept)));
            }
        }
    }

    [Fact]
    public void The_first_token_is_left_in_a_file_for_the_owner_alone()
    {
        string folder = Directory.CreateTempSubdirectory("edgeflora-first-").FullName;
        try
        {
            var tokens = OperatorTokenRegistry.Open(folder, TimeProvider.System);

            string file = tokens.CreateFirst()!;

            Assert.Equal(OperatorRole.Operate, OperatorTokenRegistry.Open(folder, TimeProvider.System).Find(File.ReadAllText(file).Trim())!.Role);
            Assert.Null(tokens.CreateFirst());
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_log_says_who_commanded_what_and_never_a_secret()
    {
        var log = new RecordedLog();
        await using (ServedApi api = await ServedApi.StartAsync(loggers: log))
        {
            using HttpClient client = api.Client(api.Operate);
            await client.SubmittedAsync();
            await client.PostAsJsonAsync("/api/v1/tokens", new { name = "ci", role = "View" }, Stop);
            await client.GetAsync("/api/v1/runs?name=secret-name", Stop);

            Assert.Contains("olga at 127.0.0.1: POST /api/v1/runs: 201.", log.Lines);
            Assert.DoesNotContain(
                log.Lines,
                line => line.Contains("efo_", StringComparison.Ordinal) || line.Contains("secret-name", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task The_last_token_that_may_operate_stays()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(api.Operate);

        Assert.Equal(ProblemCode.Conflict, (await (await client.DeleteAsync("/api/v1/tokens/olga", Stop)).ProblemAsync()).Code);
        Assert.Equal(ProblemCode.NotFound, (await (await client.DeleteAsync("/api/v1/tokens/nobody", Stop)).ProblemAsync()).Code);
        Assert.Equal(
            ProblemCode.Conflict,
            (await (await client.PostAsJsonAsync("/api/v1/tokens", new { name = "vera", role = "View" }, Stop)).ProblemAsync()).Code);
    }

    [Fact]
    public async Task Too_many_requests_are_told_when_to_come_back()
    {
        await using ServedApi api = await ServedApi.StartAsync(options => options with { RequestsPerSecond = 1 });
        using HttpClient client = api.Client(api.View);

        HttpResponseMessage[] responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.GetAsync("/api/v1/models", Stop)));

        HttpResponseMessage refused = responses.First(response => response.StatusCode == HttpStatusCode.TooManyRequests);
        Assert.Equal(ProblemCode.TooMany, (await refused.ProblemAsync()).Code);
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Fact]
    public async Task Health_is_open_to_everybody_and_tells_next_to_nothing()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(null);

        Assert.Equal("alive\n", await client.GetStringAsync("/healthz", Stop));
        Assert.Equal("ready\n", await client.GetStringAsync("/readyz", Stop));
        api.Runs.Ready = false;
        HttpResponseMessage notReady = await client.GetAsync("/readyz", Stop);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "not ready\n"), (notReady.StatusCode, await notReady.Content.ReadAsStringAsync(Stop)));
    }

    [Fact]
    public async Task With_dev_this_machine_needs_no_token_but_a_foreign_page_gets_nothing()
    {
        await using ServedApi api = await ServedApi.StartAsync(options => options with { Dev = true });
        using HttpClient client = api.Client(null);

        Assert.Equal(("http", null), (api.Address.Scheme, api.Fingerprint));
        Assert.Equal(HttpStatusCode.Created, (await client.SubmitAsync()).StatusCode);
        foreach ((string header, string value) in new[] { ("Origin", "https://evil.example"), ("Host", "evil.example") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/runs");
            request.Headers.Add(header, value);

            Assert.Equal(403, (await (await client.SendAsync(request, Stop)).ProblemAsync()).Status);
        }
    }

    [Fact]
    public async Task Dev_is_refused_beyond_loopback()
    {
        InvalidDataException refusal = await Assert.ThrowsAsync<InvalidDataException>(
            () => ServedApi.StartAsync(options => options with { Dev = true, Listen = new IPEndPoint(IPAddress.Any, 0) }));

        Assert.StartsWith("api.listen is 0.0.0.0:0, but --dev serves without TLS and tokens", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_self_made_certificate_stays_the_same_over_restarts()
    {
        string folder = Directory.CreateTempSubdirectory("edgeflora-tls-").FullName;
        try
        {
            string? first;
            await using (ServedApi api = await ServedApi.StartAsync(options => options with { StateFolder = folder }))
            {
                first = api.Fingerprint;
            }

            await using ServedApi again = await ServedApi.StartAsync(options => options with { StateFolder = folder });

            Assert.Matches("^sha256:[0-9a-f]{64}$", first);
            Assert.Equal(first, again.Fingerprint);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
