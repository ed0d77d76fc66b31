using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Tests.Client;

[Collection(ServiceGroup.Name)]
public sealed class UploadTests(ServiceFixture service)
{
    private const int Bytes = 8 << 20;

    private readonly List<string> told = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_service_without_a_leader_refuses_is_sent_when_one_leads()
    {
        using var client = new ServiceClient(new ServiceContext(service.Api.Address.ToString(), service.Api.Operate, service.Api.Fingerprint))
        {
            Waits = line =>
            {
                told.Add(line);
                service.Api.StandsBy = null;
            },
        };
        service.Api.StandsBy = "nobody leads yet";

        ServiceProblemException answer = await Assert.ThrowsAsync<ServiceProblemException>(
            () => UploadAsync(client, () => new MemoryStream(new byte[Bytes])));

        Assert.Equal(ProblemCode.InvalidInput, answer.Code); // of the one who leads: it is no model
        Assert.Equal(
            ["this replica stands by: nobody leads yet; ask again in a moment: whoever leads then answers (asking again for up to 30 s)"], told);
    }

    [Fact]
    public async Task What_is_broken_off_half_way_is_sent_again_from_its_beginning_under_the_same_key()
    {
        await using var server = new BreakingServer(breaks: 2);
        using ServiceClient client = Client(server.Url);

        ModelSummary added = await UploadAsync(client, () => new MemoryStream(new byte[Bytes]));

        Assert.Equal("small", added.Name);
        Assert.Equal(3, server.Keys.Count);
        Assert.Single(server.Keys.Distinct());
        Assert.Equal(2, told.Count(line => line.EndsWith(" (asking again for up to 30 s)", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_is_broken_off_again_and_again_is_given_up()
    {
        await using var server = new BreakingServer(breaks: int.MaxValue);
        using ServiceClient client = Client(server.Url);

        ServiceUnreachableException lost = await Assert.ThrowsAsync<ServiceUnreachableException>(
            () => UploadAsync(client, () => new MemoryStream(new byte[Bytes])));

        Assert.StartsWith($"{server.Url} cannot be reached: ", lost.Message, StringComparison.Ordinal);
        Assert.Equal(4, server.Keys.Count);
    }

    [Fact]
    public async Task What_cannot_be_read_is_no_fault_of_the_service_and_not_sent_again()
    {
        await using var server = new BreakingServer(breaks: 0);
        using ServiceClient client = Client(server.Url);

        InputException wrong = await Assert.ThrowsAsync<InputException>(() => UploadAsync(client, () => new ChangedFile()));

        Assert.Equal("what is sent cannot be read: config.json has changed", wrong.Message);
        Assert.Empty(told);
    }

    private static Task<ModelSummary> UploadAsync(ServiceClient client, Func<Stream> open) =>
        client.UploadAsync<ModelSummary>("/api/v1/models?name=small", open, "application/x-tar", Stop).InTimeAsync();

    private ServiceClient Client(string url) => new(new ServiceContext(url, "token", null)) { Waits = told.Add };

    /// <summary>A file that changes while it is read.</summary>
    private sealed class ChangedFile : MemoryStream
    {
        public ChangedFile()
            : base(new byte[Bytes])
        {
        }

        public override int Read(byte[] buffer, int offset, int count) =>
            Position >= Bytes / 2 ? throw new IOException("config.json has changed") : base.Read(buffer, offset, count);
    }

    /// <summary>A service that takes uploads, but closes the first connections in the midst of them.</summary>
    private sealed class BreakingServer : IAsyncDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource ending = new();
        private readonly Task serving;

        public BreakingServer(int breaks)
        {
            listener.Start();
            Url = $"http://{listener.LocalEndpoint}";
            serving = ServeAsync(breaks);
        }

        public string Url { get; }

        /// <summary>Idempotency keys of the requests, in order.</summary>
        public List<string> Keys { get; } = [];

        public async ValueTask DisposeAsync()
        {
            await ending.CancelAsync();
            await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            listener.Dispose();
            ending.Dispose();
        }

        private async Task ServeAsync(int breaks)
        {
            for (int i = 0; ; i++)
            {
                using Socket socket = await listener.AcceptSocketAsync(ending.Token);
                await using var stream = new NetworkStream(socket);
                Keys.Add(await KeyAsync(stream));
                await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), ending.Token);
                if (i < breaks)
                {
                    await stream.ReadExactlyAsync(new byte[1 << 16], ending.Token);
                    socket.LingerState = new LingerOption(enable: true, seconds: 0); // as that of a process that was killed
                    continue;
                }

                try
                {
                    await stream.ReadExactlyAsync(new byte[Bytes], ending.Token);
                    byte[] answer = Encoding.UTF8.GetBytes("""{"name":"small","family":"bert","bytes":1}""");
                    await stream.WriteAsync(
                        Encoding.ASCII.GetBytes($"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {answer.Length}\r\n\r\n"),
                        ending.Token);
                    await stream.WriteAsync(answer, ending.Token);
                }
                catch (IOException)
                {
                    // The client broke off.
                }
            }
        }

        /// <summary>Reads the head of a request.</summary>
        private async Task<string> KeyAsync(NetworkStream stream)
        {
            var head = new StringBuilder();
            byte[] one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                await stream.ReadExactlyAsync(one, ending.Token);
                head.Append((char)one[0]);
            }

            const string Name = "Idempotency-Key: ";
            return head.ToString().Split("\r\n").Single(line => line.StartsWith(Name, StringComparison.OrdinalIgnoreCase))[Name.Length..];
        }
    }
}
