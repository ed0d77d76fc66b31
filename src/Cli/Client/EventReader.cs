using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Client;

/// <summary>Reads a service's events, over lost connections too.</summary>
/// <param name="say">Takes a line when a connection is lost or found again.</param>
internal sealed class EventReader(ServiceClient client, TimeProvider clock, Action<string> say)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Longest a service may be away.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>So often a list may break off without another event; what is between here and the service does not let it through.</summary>
    private const int MostVain = 5;

    /// <param name="path">Of the events.</param>
    /// <param name="follow">Whether to wait for new events when those that there are have been read.</param>
    /// <param name="isOver">Whether nothing can come any more; asked when the service ends the stream, which it also does when it stops.</param>
    /// <exception cref="ServiceUnreachableException">
    /// The service was away for too long, or not there at the start, or what there is breaks off again and again.
    /// </exception>
    public async IAsyncEnumerable<EventEnvelope> ReadAsync(
        string path, bool follow, Func<CancellationToken, Task<bool>> isOver, [EnumeratorCancellation] CancellationToken stop)
    {
        long after = 0;
        bool connected = false;
        int vain = 0;
        long lost = clock.GetTimestamp();
        while (true)
        {
            using (HttpResponseMessage? response = await OpenAsync(
                $"{path}?follow={(follow ? "true" : "false")}", after, connected && clock.GetElapsedTime(lost) < Longest, stop))
            {
                if (response is not null)
                {
                    connected = true;
                    await using IAsyncEnumerator<EventEnvelope> events = EventsAsync(response, stop).GetAsyncEnumerator(stop);
                    bool? next;
                    while ((next = await NextAsync(events, stop)) == true)
                    {
                        (after, vain) = (events.Current.Id ?? after, 0);
                        yield return events.Current;
                    }

                    // Events are missing behind a stream that broke off, if nobody waits for new ones either.
                    if (follow ? await IsOverAsync(isOver, stop) : next == false)
                    {
                        yield break;
                    }

                    if (!follow && ++vain == MostVain)
                    {
                        throw new ServiceUnreachableException(string.Create(
                            CultureInfo.InvariantCulture,
                            $"{client.Url} has broken its list of events off {vain} times behind event {after}; "
                            + $"look what is between here and there"));
                    }

                    lost = clock.GetTimestamp();
                    say($"the connection to {client.Url} is lost; trying again for {Longest.TotalMinutes:0} minutes");
                }
            }

            await Task.Delay(Pause, clock, stop);
        }
    }

    /// <returns>Null if the service is away and that may be borne.</returns>
    private async Task<HttpResponseMessage?> OpenAsync(string path, long after, bool bear, CancellationToken stop)
    {
        try
        {
            return await client.OpenAsync(path, after, stop);
        }
        catch (ServiceUnreachableException) when (bear)
        {
            return null;
        }
    }

    /// <returns>False at the end of the stream; null where it broke off.</returns>
    private static async Task<bool?> NextAsync(IAsyncEnumerator<EventEnvelope> events, CancellationToken stop)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (Exception broken) when (!stop.IsCancellationRequested && broken is IOException or HttpRequestException)
        {
            return null;
        }
    }

    private static async Task<bool> IsOverAsync(Func<CancellationToken, Task<bool>> isOver, CancellationToken stop)
    {
        try
        {
            return await isOver(stop);
        }
        catch (ServiceUnreachableException)
        {
            return false;
        }
    }

    private static async IAsyncEnumerable<EventEnvelope> EventsAsync(HttpResponseMessage response, [EnumeratorCancellation] CancellationToken stop)
    {
        await using Stream body = await response.Content.ReadAsStreamAsync(stop);
        SseParser<EventEnvelope?> parser = SseParser.Create(body, (_, data) => JsonSerializer.Deserialize<EventEnvelope>(data, ApiJson.Options));
        await foreach (SseItem<EventEnvelope?> item in parser.EnumerateAsync(stop))
        {
            if (item.Data is { } envelope)
            {
                yield return envelope;
            }
        }
    }
}
