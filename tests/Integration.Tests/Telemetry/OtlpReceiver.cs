using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Integration.Tests.Telemetry;

/// <summary>A collector of OpenTelemetry that keeps what it gets, over gRPC or over HTTP with protobuf.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    /// <summary>Before each message of gRPC: whether it is compressed, and its length.</summary>
    private const int PrefixBytes = 5;

    private readonly WebApplication app;
    private readonly ConcurrentQueue<ReceivedSpan> spans = new();
    private readonly ConcurrentDictionary<(string Signal, string Service), int> requests = new();

    private OtlpReceiver(WebApplication app) => this.app = app;

    /// <summary>Where it listens: <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>.</summary>
    public string Endpoint { get; private set; } = "";

    public IReadOnlyList<ReceivedSpan> Spans => [.. spans];

    /// <param name="isGrpc">Whether it speaks gRPC; otherwise HTTP/1.1 with protobuf.</param>
    public static async Task<OtlpReceiver> StartAsync(bool isGrpc, CancellationToken stop)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(server => server.Listen(
            IPAddress.Loopback, 0, listen => listen.Protocols = isGrpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        WebApplication app = builder.Build();
        var receiver = new OtlpReceiver(app);
        foreach (string signal in (string[])["traces", "metrics", "logs"])
        {
            string name = signal == "traces" ? "trace" : signal;
            string service = $"{char.ToUpperInvariant(name[0])}{name[1..]}Service";
            app.MapPost(
                isGrpc ? $"/opentelemetry.proto.collector.{name}.v1.{service}/Export" : $"/v1/{signal}",
                context => receiver.TakeAsync(context, signal, isGrpc));
        }

        await app.StartAsync(stop);
        receiver.Endpoint = app.Urls.Single();
        return receiver;
    }

    /// <summary>How many requests of a signal (<c>traces</c>, <c>metrics</c>, <c>logs</c>) came from a service.</summary>
    public int Requests(string signal, string service) => requests.GetValueOrDefault((signal, service));

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task TakeAsync(HttpContext context, string signal, bool isGrpc)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        ByteString message = ByteString.CopyFrom(isGrpc ? Message(body.ToArray()) : body.ToArray());
        foreach (string service in OtlpRequest.ReadServices(message))
        {
            requests.AddOrUpdate((signal, service), 1, (_, count) => count + 1);
        }

        foreach (ReceivedSpan span in signal == "traces" ? OtlpRequest.ReadSpans(message) : [])
        {
            spans.Enqueue(span);
        }

        // An answer without fields: everything was taken.
        context.Response.ContentType = isGrpc ? "application/grpc" : "application/x-protobuf";
        await context.Response.Body.WriteAsync(isGrpc ? new byte[PrefixBytes] : [], context.RequestAborted);
        if (isGrpc)
        {
            context.Response.AppendTrailer("grpc-status", "0");
        }
    }

    private static byte[] Message(byte[] body) =>
        body.Length >= PrefixBytes && body[0] == 0 && BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1)) == body.Length - PrefixBytes
            ? body[PrefixBytes..]
            : throw new InvalidDataException("It is not one message of gRPC, uncompressed.");
}
