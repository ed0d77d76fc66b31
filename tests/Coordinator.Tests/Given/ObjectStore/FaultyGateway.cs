using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace EdgeFlora.Coordinator.Tests.Given.ObjectStore;

/// <summary>Stands between a client and an S3 server, hands everything on as it is, and does to it what a test wants.</summary>
internal sealed class FaultyGateway : IAsyncDisposable
{
    private readonly WebApplication host;
    private readonly HttpClient onward;
    private readonly ConcurrentQueue<Fault> faults = [];

    private FaultyGateway(WebApplication host, int target)
    {
        this.host = host;
        onward = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{target}"),
        };
    }

    public int Port { get; private set; }

    /// <summary>Requests so far: <c>PUT /bucket/name?query</c>.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>While it is set, nothing is handed on: all is answered with this code and status 503.</summary>
    public string? Down { get; set; }

    public static async Task<FaultyGateway> StartAsync(int target)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        WebApplication host = builder.Build();
        var gateway = new FaultyGateway(host, target);
        host.Run(gateway.HandleAsync);
        await host.StartAsync(TestContext.Current.CancellationToken);
        gateway.Port = new Uri(host.Urls.First()).Port;
        return gateway;
    }

    /// <summary>The next request of this kind is answered by a refusal.</summary>
    /// <param name="request">What its <see cref="Requests">line</see> holds.</param>
    public void Refuse(string request, int status, string code, int times = 1)
    {
        for (int i = 0; i < times; i++)
        {
            faults.Enqueue(new Fault(request) { Status = status, Code = code });
        }
    }

    /// <summary>The answer to the next request of this kind breaks off within its content.</summary>
    public void Cut(string request) => faults.Enqueue(new Fault(request) { CutsAnswer = true });

    /// <summary>The next request of this kind is done, and its answer is lost.</summary>
    public void LoseAnswer(string request) => faults.Enqueue(new Fault(request) { LosesAnswer = true });

    /// <summary>The content of the answer to the next request of this kind is another.</summary>
    /// <param name="withSum">Whether its check sum is the one of the other content, as if that had been stored.</param>
    public void Falsify(string request, bool withSum) => faults.Enqueue(new Fault(request) { Falsifies = true, FalsifiesSum = withSum });

    /// <summary>The next request of this kind is done, and its answer held until it is let go.</summary>
    public HeldAnswer Hold(string request)
    {
        var held = new HeldAnswer();
        faults.Enqueue(new Fault(request) { Held = held });
        return held;
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        onward.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        string line = $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}";
        Requests.Enqueue(line);
        if (Down is { } code)
        {
            await RefuseAsync(context, 503, code);
            return;
        }

        Fault? fault = faults.TryPeek(out Fault? next) && line.Contains(next.Request, StringComparison.Ordinal) && faults.TryDequeue(out next)
            ? next
            : null;
        if (fault?.Code is { } refusal)
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            await RefuseAsync(context, fault.Status, refusal);
            return;
        }

        using HttpResponseMessage answer = await OnwardAsync(context);
        byte[] content = await answer.Content.ReadAsByteArrayAsync(context.RequestAborted);
        if (fault?.Held is { } held)
        {
            held.Come.TrySetResult();
            await held.Gate.Task.WaitAsync(context.RequestAborted);
        }

        if (fault?.LosesAnswer == true)
        {
            context.Abort();
            return;
        }

        if (fault?.Falsifies == true)
        {
            content[0] ^= 1;
        }

        if (fault?.FalsifiesSum == true)
        {
#pragma warning disable CA5351 // The check sum that S3 sends along; nothing is protected by it.
            string sum = Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(content));
#pragma warning restore CA5351
            answer.Headers.Remove("ETag");
            answer.Headers.TryAddWithoutValidation("ETag", $"\"{sum}\"");
        }

        await BackAsync(context, answer, content, fault?.CutsAnswer == true);
    }

    private async Task<HttpResponseMessage> OnwardAsync(HttpContext context)
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method), context.Request.Path.ToUriComponent() + context.Request.QueryString.ToUriComponent());
        request.Headers.Host = context.Request.Host.Value;
        if (context.Request.ContentLength is not null)
        {
            request.Content = new StreamContent(context.Request.Body);
        }

        foreach ((string name, StringValues value) in context.Request.Headers.Where(header => header.Key is not ("Host" or "Expect")))
        {
            if (!request.Headers.TryAddWithoutValidation(name, value.ToArray()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, value.ToArray());
            }
        }

        return await onward.SendAsync(request, context.RequestAborted);
    }

    private static async Task BackAsync(HttpContext context, HttpResponseMessage answer, byte[] content, bool cuts)
    {
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach ((string name, IEnumerable<string> value) in answer.Headers.Concat(answer.Content.Headers)
            .Where(header => header.Key != "Transfer-Encoding"))
        {
            context.Response.Headers[name] = value.ToArray();
        }

        if (context.Request.Method == "HEAD")
        {
            return;
        }

        await context.Response.Body.WriteAsync(content.AsMemory(0, cuts ? content.Length / 2 : content.Length), context.RequestAborted);
        if (cuts)
        {
            await context.Response.Body.FlushAsync(context.RequestAborted);
            context.Abort();
        }
    }

    private static async Task RefuseAsync(HttpContext context, int status, string code)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/xml";
        await context.Response.WriteAsync(
            $"<?xml version='1.0' encoding='UTF-8'?>\n<Error><Code>{code}</Code><Message>The gateway says {code}.</Message></Error>",
            context.RequestAborted);
    }

    private sealed record Fault(string Request)
    {
        public int Status { get; init; }

        public string? Code { get; init; }

        public bool CutsAnswer { get; init; }

        public bool LosesAnswer { get; init; }

        public bool Falsifies { get; init; }

        public bool FalsifiesSum { get; init; }

        public HeldAnswer? Held { get; init; }
    }
}
