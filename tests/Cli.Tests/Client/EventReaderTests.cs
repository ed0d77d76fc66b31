using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EdgeFlora.Cli.Client;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Cli.Tests.Client;

public sealed class EventReaderTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>What is shown of a run that is over is all of it, or the reader says that it could not be had.</summary>
    [Fact]
    public async Task Events_behind_a_stream_that_broke_off_are_asked_for_again()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<string[]> serving = ServeAsync(listener, Answer(1, ends: false), Answer(2, ends: true));
        using var client = new ServiceClient(new ServiceContext($"http://{listener.LocalEndpoint}", null, null));
        List<string> told = [];
        var reader = new EventReader(client, TimeProvider.System, told.Add);

        List<long?> read = [];
        await foreach (EventEnvelope envelope in reader.ReadAsync("/api/v1/events", follow: false, _ => Task.FromResult(false), Stop))
        {
            read.Add(envelope.Id);
        }

        Assert.Equal([1, 2], read);
        Assert.Equal(["0", "1"], await serving.InTimeAsync());
        Assert.Equal([$"the connection to http://{listener.LocalEndpoint} is lost; trying again for 10 minutes"], told);
    }

    [Fact]
    public async Task A_list_that_breaks_off_at_the_same_event_again_and_again_is_given_up()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string broken = Answer(1, ends: false)[..^10];
        Task<string[]> serving = ServeAsync(listener, Answer(1, ends: false), broken, broken, broken, broken);
        using var client = new ServiceClient(new ServiceContext($"http://{listener.LocalEndpoint}", null, null));
        var clock = new FakeTimeProvider();
        var reader = new EventReader(client, clock, static _ => { });

        Task<ServiceUnreachableException> giving = Assert.ThrowsAsync<ServiceUnreachableException>(async () =>
        {
            await foreach (EventEnvelope envelope in reader.ReadAsync("/api/v1/events", follow: false, _ => Task.FromResult(false), Stop))
            {
                Assert.Equal(1, envelope.Id);
            }
        });
        await LimitedWait.StepUntilAsync(() => giving.IsCompleted, () => clock.Advance(TimeSpan.FromSeconds(1)));

        Assert.Contains("has broken its list of events off 5 times behind event 1;", (await giving).Message, StringComparison.Ordinal);
        Assert.Equal(["0", "1", "1", "1", "1"], await serving.InTimeAsync());
    }

    /// <summary>Gives each who asks the next answer, and ends the connection.</summary>
    /// <returns>After which event each asked.</returns>
    private static async Task<string[]> ServeAsync(TcpListener listener, params string[] answers)
    {
        List<string> after = [];
        foreach (string answer in answers)
        {
            using TcpClient connection = await listener.AcceptTcpClientAsync(Stop);
            await using NetworkStream stream = connection.GetStream();
            using var request = new StreamReader(stream, leaveOpen: true);
            while (await request.ReadLineAsync(Stop) is { Length: > 0 } line)
            {
                after.AddRange(line.StartsWith("Last-Event-ID: ", StringComparison.Ordinal) ? [line[15..]] : []);
            }

            await stream.WriteAsync(Encoding.UTF8.GetBytes(answer), Stop);
        }

        return [.. after];
    }

    private static string Answer(int id, bool ends)
    {
        var happened = new EventEnvelope
        {
            Id = id,
            At = DateTimeOffset.UnixEpoch,
            Event = new RunEvent { RunId = Guid.Empty, Sequence = id, ElapsedMs = 0, Kind = RunEventKind.RoundOpened },
        };
        string message = string.Create(CultureInfo.InvariantCulture, $"id: {id}\ndata: {JsonSerializer.Serialize(happened, ApiJson.Options)}\n\n");
        string chunk = string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetByteCount(message):x}\r\n{message}\r\n");
        return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            + chunk + (ends ? "0\r\n\r\n" : "");
    }
}
