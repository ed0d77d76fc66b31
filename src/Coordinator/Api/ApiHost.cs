using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Api.Access;
using EdgeFlora.Coordinator.Api.Description;
using EdgeFlora.Coordinator.Api.Endpoints;
using EdgeFlora.Coordinator.Api.Events;
using EdgeFlora.Coordinator.Api.Problems;
using EdgeFlora.Coordinator.Api.Standby;
using EdgeFlora.Coordinator.Api.Tls;
using EdgeFlora.Coordinator.Dashboard;
using EdgeFlora.Coordinator.Replicas;
using EdgeFlora.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Prometheus;
using Yarp.ReverseProxy.Forwarder;

namespace EdgeFlora.Coordinator.Api;

/// <summary>The HTTP API on Kestrel.</summary>
public sealed class ApiHost : IAsyncDisposable
{
    private const int SecretLength = 64;

    private readonly WebApplication app;
    private readonly CancellationTokenSource closing = new();
    private readonly ApiOptions options;
    private readonly TimeProvider clock;
    private readonly StandbyForwarding forwarding;
    private readonly string secret = RandomNumberGenerator.GetHexString(SecretLength, lowercase: true);

    private ApiHost(ApiOptions options, ApiServices services)
    {
        (this.options, clock) = (options, services.Clock);
        PrivateFolder.Create(options.StateFolder);
        X509Certificate2? certificate = options.Dev ? null : ApiCertificate.Load(options, services.Clock, services.SharedFiles);
        Fingerprint = certificate is null ? null : ApiCertificate.Fingerprint(certificate);

        // An empty builder: nothing is read from the environment or from files that somebody else put into the working folder.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listen(kestrel, certificate));
        if (certificate is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        builder.Services.AddRoutingCore()
            .AddRateLimiter(limiter => RequestLimits.Configure(limiter, options.RequestsPerSecond))
            .Configure<RouteHandlerOptions>(handlers => handlers.ThrowOnBadRequest = true)
            .ConfigureHttpJsonOptions(json => ApiJson.Configured(json.SerializerOptions))
            .AddEndpointsApiExplorer().AddOpenApi("v1", ApiDescription.Configure);
        builder.Services.AddLogging(logging => logging
            .AddProvider(new ForwardingLoggerProvider(services.Loggers))
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            .AddFilter("Yarp", LogLevel.None)); // it would write whole URLs; what goes wrong is told by the answer
        builder.Services.AddHttpForwarder();
        app = builder.Build();
        forwarding = new StandbyForwarding(app.Services.GetRequiredService<IHttpForwarder>(), services, options.Dev, closing.Token);
        Map(services);
    }

    /// <summary>Where it is served, once it is started: <c>https://localhost:8443</c>.</summary>
    public Uri Address
    {
        get
        {
            IServer server = app.Services.GetRequiredService<IServer>();
            var bound = new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.First());
            System.Net.IPAddress address = options.Listen.Address;
            bool isAny = System.Net.IPAddress.Any.Equals(address) || System.Net.IPAddress.IPv6Any.Equals(address);
            return new UriBuilder(bound) { Host = isAny ? "localhost" : bound.Host }.Uri;
        }
    }

    /// <summary>Of its certificate, to be pinned: <c>sha256:…</c>; null without TLS.</summary>
    public string? Fingerprint { get; }

    /// <summary>Where other replicas reach this one, for them alone.</summary>
    public ReplicaAddress Replica
    {
        get
        {
            Uri bound = Address;
            bool isAny = bound.Host == "localhost" && !System.Net.IPAddress.IsLoopback(options.Listen.Address);
            Uri reached = options.ReplicaUrl ?? (isAny ? new UriBuilder(bound) { Host = Environment.MachineName }.Uri : bound);
            return new ReplicaAddress(reached, Fingerprint, secret);
        }
    }

    /// <summary>Begins to serve; requests are answered when this returns.</summary>
    /// <exception cref="InvalidDataException">A setting or a certificate cannot be used; a line for each problem.</exception>
    /// <exception cref="IOException">The port is in use.</exception>
    public static async Task<ApiHost> StartAsync(ApiOptions options, ApiServices services, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(services);
        string[] problems = [.. options.Problems()];
        if (problems.Length > 0)
        {
            throw new InvalidDataException(string.Join(Environment.NewLine, problems));
        }

        var host = new ApiHost(options, services);
        try
        {
            await host.app.StartAsync(stop);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }

        services.Loggers.CreateLogger<ApiHost>().Serving(host.Address.ToString());
        return host;
    }

    /// <summary>Ends event streams, lets other requests finish for a few seconds, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5), clock);
        await app.StopAsync(patience.Token);
        await app.DisposeAsync();
        forwarding.Dispose();
        closing.Dispose();
    }

    private void Listen(KestrelServerOptions kestrel, X509Certificate2? certificate)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = RequestLimits.MaxBody;
        kestrel.Limits.MaxConcurrentConnections = 2000;
        kestrel.Listen(options.Listen, listen =>
        {
            if (certificate is not null)
            {
                listen.UseHttps(https =>
                {
                    https.ServerCertificate = certificate;
                    https.ServerCertificateChain = ApiCertificate.Chain(options);
                });
            }
        });
    }

    private void Map(ApiServices services)
    {
        ILogger log = services.Loggers.CreateLogger<ApiHost>();
        app.Use(next => context => SecurityHeaders.InvokeAsync(context, next, hasOwnCertificate: options.CertificateFile is not null));
        app.Use(next => context => new ProblemResponses(log).InvokeAsync(context, next));
        if (options.Dev)
        {
            app.Use(next => context => LoopbackGuard.InvokeAsync(context, next));
        }

        var handedOn = new HandedOnRequests(secret, services.StandsBy);
        app.Use(next => context => handedOn.InvokeAsync(context, next));
        app.Use(next => context => forwarding.InvokeAsync(context, next));
        app.UseRouting();
        app.UseHttpMetrics(requests => Narrow(requests, services.Meter.Registry));
        var authentication = new TokenAuthentication(services.Tokens, options.Dev);
        app.Use(next => context => authentication.IdentifyAsync(context, next));
        app.UseRateLimiter();
        app.Use(next => context => TokenAuthentication.AuthoriseAsync(context, next));
        app.Use(next => context => CommandLogAsync(log, context, next));

        RouteGroupBuilder api = app.MapGroup("/api/v1");
        api.MapRuns(services.Runs);
        api.MapRunCommands(services.Runs);
        api.MapEvents(new EventStream(services.Runs, services.Clock, options.Heartbeat), closing.Token);
        api.MapAgents(services.Fleet);
        api.MapTokens(services.Tokens);
        api.MapEnrolment(services.Enrolment);
        api.MapModels(services.Models);
        api.MapStatus(services.Runs);
        api.MapMonitor(services.Monitor);
        app.MapHealth(services.Runs, services.StandsBy);
        app.MapOpenApi("/api/{documentName}/openapi.json");
        app.MapDashboard();
        app.MapMetrics("/metrics", services.Meter.Registry).WithMetadata(new RoleRequirement(OperatorRole.View)).ExcludeFromDescription();
    }

    /// <summary>Labels by route, method and status: never by path, of which there are as many as runs.</summary>
    private static void Narrow(Prometheus.HttpMetrics.HttpMiddlewareExporterOptions requests, CollectorRegistry registry)
    {
        requests.SetMetricFactory(Prometheus.Metrics.WithCustomRegistry(registry));
        requests.ReduceStatusCodeCardinality();
        requests.InProgress.Enabled = true;
        requests.CaptureMetricsUrl = false;
    }

    private static async Task CommandLogAsync(ILogger log, HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (!HttpMethods.IsGet(context.Request.Method) && TokenAuthentication.Of(context) is { } token)
        {
            log.Commanded(
                token.Name, context.Connection.RemoteIpAddress, context.Request.Method, context.Request.Path, context.Response.StatusCode);
        }
    }
}
