using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Runs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeFlora.Coordinator.Api.Events;

/// <summary>Server-sent events (WHATWG HTML, 9.2): one event a message, its id what a reader resumes after, comments as heartbeats.</summary>
/// <remarks>
/// Writes end with the connection alone. Under TLS a write that is given up in between leaves out a record that was encrypted already, and whatever
/// follows, be it the end of the answer, looks forged to the reader ("bad record mac").
/// </remarks>
internal sealed class EventStream(IRunService runs, TimeProvider clock, TimeSpan heartbeat)
{
    private static readonly byte[] Comment = ": alive\n\n"u8.ToArray();

    /// <param name="run">Null: events of all runs.</param>
    /// <param name="stop">Ends the stream behind what is being written.</param>
    public async Task WriteAsync(HttpContext http, Guid? run, bool follow, CancellationToken stop)
    {
        EventFilter filter = new() { RunId = run, After = After(http), Follow = follow };
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await using IAsyncEnumerator<EventEnvelope> events = runs.EventsAsync(filter, ending.Token).GetAsyncEnumerator(ending.Token);
        Task<bool> next = events.MoveNextAsync().AsTask();
        if (next.IsFaulted)
        {
            await next; // refused before anything was sent: problem details, not a stream
        }

        try
        {
            await StartAsync(http);
            while (true)
            {
                while (!await CompletesAsync(next, stop))
                {
                    await http.Response.Body.WriteAsync(Comment, http.RequestAborted);
                    await http.Response.Body.FlushAsync(http.RequestAborted);
                }

                if (!await next)
                {
                    return;
                }

                await http.Response.Body.WriteAsync(Message(events.Current), http.RequestAborted);
                next = events.MoveNextAsync().AsTask();
                if (!next.IsCompleted)
                {
                    await http.Response.Body.FlushAsync(http.RequestAborted);
                }
            }
        }
        finally
        {
            // An enumerator must not be disposed of while it is asked for the next event.
            await ending.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task StartAsync(HttpContext http)
    {
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await http.Response.StartAsync(http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted); // a reader knows at once that it is connected
    }

    /// <returns>False if a heartbeat is due first.</returns>
    private async Task<bool> CompletesAsync(Task<bool> next, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (next.IsCompleted)
        {
            return true;
        }

        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task due = Task.Delay(heartbeat, clock, waiting.Token);
        bool first = await Task.WhenAny(next, due) == next;
        await waiting.CancelAsync();
        stop.ThrowIfCancellationRequested();
        return first;
    }

    private static byte[] Message(EventEnvelope envelope)
    {
        var text = new StringBuilder();
        if (envelope.Id is { } id)
        {
            text.Append(CultureInfo.InvariantCulture, $"id: {id}\n");
        }

        // JSON has no line breaks of its own, so that one data line holds it.
        text.Append(CultureInfo.InvariantCulture, $"event: {envelope.Event.Kind}\ndata: {JsonSerializer.Serialize(envelope, ApiJson.Options)}\n\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Readers that lost their connection say where they were in a header; others may in the query.</summary>
    private static long After(HttpContext http)
    {
        string text = http.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } header ? header : http.Request.Query["after"].ToString();
        return text.Length == 0 ? 0
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long after) ? after
            : throw new ServiceRefusedException(ProblemCode.InvalidInput, "Last-Event-ID must be the id of an event, a whole number from 0");
    }
}
