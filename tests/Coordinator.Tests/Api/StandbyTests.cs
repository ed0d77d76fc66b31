using System.Net;
using System.Net.Http.Json;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Replicas;
using EdgeFlora.Coordinator.Tests.Api.Fakes;

namespace EdgeFlora.Coordinator.Tests.Api;

/// <summary>A replica that stands by answers for its health alone, and hands the rest on to the one that leads.</summary>
public sealed class StandbyTests
{
    private const string Sentence = "far, process 7 leads (term 3)";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_nobody_is_known_to_lead_it_says_who_is_waited_for_and_when_to_ask_again()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(api.Operate);
        api.StandsBy = Sentence;

        HttpResponseMessage ready = await client.GetAsync("/readyz", Stop);
        HttpResponseMessage refused = await client.GetAsync("/api/v1/runs", Stop);
        HttpResponseMessage alive = await client.GetAsync("/healthz", Stop);
        HttpResponseMessage page = await client.GetAsync("/", Stop);

        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, $"standby; {Sentence}\n"), (ready.StatusCode, await ready.Content.ReadAsStringAsync(Stop)));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (refused.StatusCode, refused.Headers.RetryAfter?.ToString()));
        Assert.Contains($"this replica stands by: {Sentence}", await DetailAsync(refused), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (alive.StatusCode, page.StatusCode));
        api.StandsBy = null;
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/v1/runs", Stop)).StatusCode);
    }

    [Fact]
    public async Task The_leader_answers_and_looks_at_the_token()
    {
        var log = new RecordedLog();
        await using ServedApi leader = await ServedApi.StartAsync(loggers: log);
        await using ServedApi standby = await StandbyOfAsync(leader.Replica);
        using HttpClient operates = standby.Client(leader.Operate);
        using HttpClient views = standby.Client(leader.View);
        using HttpClient unknown = standby.Client(standby.Operate);

        HttpResponseMessage created = await operates.PostAsJsonAsync("/api/v1/tokens", new { name = "new", role = "View" }, Stop);

        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await views.DeleteAsync("/api/v1/tokens/new", Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await unknown.GetAsync("/api/v1/runs", Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await operates.GetAsync("/api/v1/nothing", Stop)).StatusCode);
        Assert.Contains(log.Lines, line => line.Contains("olga at 127.0.0.1: POST /api/v1/tokens: 201.", StringComparison.Ordinal));
        HttpResponseMessage page = await operates.GetAsync("/", Stop);
        Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.Equal("alive\n", await operates.GetStringAsync("/healthz", Stop));
    }

    [Fact]
    public async Task Events_come_through_it_until_another_leads()
    {
        await using ServedApi leader = await ServedApi.StartAsync();
        var ended = new TaskCompletionSource();
        await using ServedApi standby = await StandbyOfAsync(leader.Replica, ended.Task);
        using HttpClient client = standby.Client(leader.Operate);
        Guid run = (await client.SubmittedAsync()).Summary.Id;
        leader.Runs.Happen(run, RunEventKind.RoundOpened);

        using HttpResponseMessage stream = await client.GetAsync(
            $"/api/v1/runs/{run}/events", HttpCompletionOption.ResponseHeadersRead, Stop);
        using var lines = new StreamReader(await stream.Content.ReadAsStreamAsync(Stop));

        Assert.Equal("text/event-stream", stream.Content.Headers.ContentType?.MediaType);
        Assert.Equal("id: 1", await lines.ReadLineAsync(Stop));
        ended.SetResult();
        await Assert.ThrowsAnyAsync<IOException>(() => lines.ReadToEndAsync(Stop));
    }

    [Fact]
    public async Task Another_certificate_than_the_leader_told_of_is_given_no_token()
    {
        await using ServedApi leader = await ServedApi.StartAsync();
        await using ServedApi standby = await StandbyOfAsync(leader.Replica with { Fingerprint = $"sha256:{new string('0', 64)}" });
        using HttpClient client = standby.Client(leader.Operate);

        HttpResponseMessage refused = await client.GetAsync("/api/v1/runs", Stop);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains($"{leader.Address} shows another certificate than that one told of", await DetailAsync(refused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_leader_that_cannot_be_reached_is_named_with_its_address()
    {
        ReplicaAddress gone;
        await using (ServedApi leader = await ServedApi.StartAsync())
        {
            gone = leader.Replica;
        }

        await using ServedApi standby = await StandbyOfAsync(gone);
        using HttpClient client = standby.Client(standby.Operate);

        HttpResponseMessage refused = await client.GetAsync("/api/v1/runs", Stop);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (refused.StatusCode, refused.Headers.RetryAfter?.ToString()));
        Assert.Contains($"far leads (term 3), and cannot be reached at {gone.Url} (", await DetailAsync(refused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_standby_handed_on_is_not_handed_on_once_more()
    {
        await using ServedApi second = await ServedApi.StartAsync();
        await using ServedApi first = await StandbyOfAsync(second.Replica);
        (second.StandsBy, second.Leading) = (Sentence, new LeadingReplica("far", 3, first.Replica, new TaskCompletionSource().Task));
        using HttpClient client = first.Client(first.Operate);

        HttpResponseMessage refused = await client.GetAsync("/api/v1/runs", Stop);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal(
            $"another replica takes this one for the leader, but it stands by: {Sentence}", await DetailAsync(refused));
    }

    [Fact]
    public async Task Nobody_but_a_replica_says_for_whom_it_asks()
    {
        await using ServedApi leader = await ServedApi.StartAsync();
        using HttpClient client = leader.Client(leader.Operate);
        client.DefaultRequestHeaders.Add("EdgeFlora-Replica", "guessed");
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.1");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/api/v1/runs", Stop)).StatusCode);
    }

    [Fact]
    public async Task A_leader_without_TLS_is_given_no_token_by_one_that_has_it()
    {
        await using ServedApi leader = await ServedApi.StartAsync(options => options with { Dev = true });
        await using ServedApi standby = await StandbyOfAsync(leader.Replica);
        await using ServedApi trial = await StandbyOfAsync(leader.Replica, dev: true);
        using HttpClient client = standby.Client(standby.Operate);
        using HttpClient onTrial = trial.Client(token: null);
        onTrial.DefaultRequestHeaders.Add("Origin", trial.Address.GetLeftPart(UriPartial.Authority));

        HttpResponseMessage refused = await client.GetAsync("/api/v1/runs", Stop);

        Assert.Contains("serves without TLS, which requests are not handed on to", await DetailAsync(refused), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await onTrial.GetAsync("/api/v1/runs", Stop)).StatusCode);
    }

    private static async Task<ServedApi> StandbyOfAsync(ReplicaAddress leader, Task? ended = null, bool dev = false)
    {
        ServedApi standby = await ServedApi.StartAsync(options => options with { Dev = dev });
        (standby.StandsBy, standby.Leading) = (Sentence, new LeadingReplica("far", 3, leader, ended ?? new TaskCompletionSource().Task));
        return standby;
    }

    private static async Task<string> DetailAsync(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<ApiProblem>(Stop))!.Detail!;
}
