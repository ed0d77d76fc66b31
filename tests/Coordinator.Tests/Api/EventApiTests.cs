using System.Net;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Tests.Api.Fakes;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Api;

public sealed class EventApiTests : ServedApiTests
{
    [Fact]
    public async Task Kept_events_come_first_then_new_ones_until_the_run_is_over()
    {
        Guid run = (await client.SubmittedAsync()).Summary.Id;
        api.Runs.Happen(run, RunEventKind.RoundOpened);
        using StreamReader stream = await OpenAsync($"/api/v1/runs/{run}/events", null);

        Assert.Equal(("1", "RoundOpened"), await NextAsync(stream));
        api.Runs.Happen(run, RunEventKind.TaskProgressed, keep: false);
        Assert.Equal((null, "TaskProgressed"), await NextAsync(stream));
        api.Runs.Happen(run, RunEventKind.RunCompleted);
        Assert.Equal(("2", "RunCompleted"), await NextAsync(stream));
        Assert.Null(await stream.ReadLineAsync(Stop));
    }

    [Fact]
    public async Task A_reader_goes_on_after_the_last_event_it_saw()
    {
        Guid run = (await client.SubmittedAsync()).Summary.Id;
        Guid other = (await client.SubmittedAsync()).Summary.Id;
        api.Runs.Happen(run, RunEventKind.RoundOpened);
        api.Runs.Happen(other, RunEventKind.RoundOpened);
        api.Runs.Happen(run, RunEventKind.RoundCommitted);

        using StreamReader one = await OpenAsync($"/api/v1/runs/{run}/events?follow=false", "1");
        using StreamReader all = await OpenAsync("/api/v1/events?follow=false", "1");

        Assert.Equal(
            ["id: 3", "event: RoundCommitted"],
            (await one.ReadToEndAsync(Stop)).Split('\n').Where(line => !line.StartsWith("data:", StringComparison.Ordinal) && line.Length > 0));
        Assert.Equal(
            ["id: 2", "id: 3"],
            (await all.ReadToEndAsync(Stop)).Split('\n').Where(line => line.StartsWith("id:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_silent_stream_is_kept_open_by_comments()
    {
        await using ServedApi brisk = await ServedApi.StartAsync(options => options with { Heartbeat = TimeSpan.FromMilliseconds(1) });
        using HttpClient reader = brisk.Client(brisk.View);
        using var stream = new StreamReader(await reader.GetStreamAsync("/api/v1/events", Stop));

        Assert.Equal(": alive", await stream.ReadLineAsync(Stop));
    }

    [Fact]
    public async Task A_service_that_stops_ends_its_streams()
    {
        ServedApi stopping = await ServedApi.StartAsync();
        using HttpClient reader = stopping.Client(stopping.View);
        using var stream = new StreamReader(await reader.GetStreamAsync("/api/v1/events", Stop));

        Task<string> rest = stream.ReadToEndAsync(Stop);
        await stopping.DisposeAsync();

        Assert.Equal("", await rest);
    }

    [Fact]
    public async Task A_stream_ends_in_good_order_although_the_next_event_is_still_being_asked_for()
    {
        ServedApi stopping = await ServedApi.StartAsync();
        stopping.Runs.Farewell = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using HttpClient reader = stopping.Client(stopping.View);
        using var stream = new StreamReader(await reader.GetStreamAsync("/api/v1/events", Stop));

        Task<string> rest = stream.ReadToEndAsync(Stop);
        Task stopped = stopping.DisposeAsync().AsTask();
        await stopping.Runs.Leaving.Task.WaitAsync(Stop);
        stopping.Runs.Farewell.SetResult();

        Assert.Equal("", await rest);
        await stopped;
    }

    [Fact]
    public async Task A_list_of_events_that_a_stop_cuts_short_does_not_end_as_if_it_were_whole()
    {
        ServedApi stopping = await ServedApi.StartAsync();
        stopping.Runs.Farewell = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using HttpClient reader = stopping.Client(stopping.View);
        using var stream = new StreamReader(await reader.GetStreamAsync("/api/v1/events?follow=false", Stop));

        Task<string> rest = stream.ReadToEndAsync(Stop);
        Task stopped = stopping.DisposeAsync().AsTask();
        await stopping.Runs.Leaving.Task.WaitAsync(Stop);
        stopping.Runs.Farewell.SetResult();

        await Assert.ThrowsAnyAsync<IOException>(() => rest);
        await stopped;
    }

    [Fact]
    public async Task A_reader_that_does_not_read_holds_up_a_service_that_stops_for_some_seconds_at_most()
    {
        var clock = new FakeTimeProvider();
        ServedApi stopping = await ServedApi.StartAsync(clock: clock);
        string much = new('x', 1 << 20); // of the service's buffers and the system's, a few such events fill all
        for (int i = 0; i < 64; i++)
        {
            stopping.Runs.Happen(Guid.Empty, RunEventKind.RoundOpened, detail: much);
        }

        using HttpClient reader = stopping.Client(stopping.View);
        await using Stream stream = await reader.GetStreamAsync("/api/v1/events", Stop);

        Task stopped = stopping.DisposeAsync().AsTask();
        await LimitedWait.StepUntilAsync(() => stopped.IsCompleted, () => clock.Advance(TimeSpan.FromSeconds(1)));
        await stopped;
    }

    [Fact]
    public async Task Events_of_no_run_are_a_problem_and_not_a_stream()
    {
        ApiProblem problem = await (await client.GetAsync($"/api/v1/runs/{Guid.AllBitsSet}/events", Stop)).ProblemAsync();

        Assert.Equal(404, problem.Status);
    }

    [Fact]
    public async Task An_id_that_is_none_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events");
        request.Headers.Add("Last-Event-ID", "yesterday");

        Assert.Equal(HttpStatusCode.BadRequest, (await client.SendAsync(request, Stop)).StatusCode);
    }

    private async Task<StreamReader> OpenAsync(string path, string? after)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (after is not null)
        {
            request.Headers.Add("Last-Event-ID", after);
        }

        HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new StreamReader(await response.Content.ReadAsStreamAsync(Stop));
    }

    private static async Task<(string? Id, string Kind)> NextAsync(StreamReader stream)
    {
        string? id = null;
        string kind = "";
        while (await stream.ReadLineAsync(Stop) is { Length: > 0 } line)
        {
            id = line.StartsWith("id: ", StringComparison.Ordinal) ? line[4..] : id;
            kind = line.StartsWith("event: ", StringComparison.Ordinal) ? line[7..] : kind;
        }

        return (id, kind);
    }
}
