using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Api;
using EdgeFlora.Coordinator.Api.Access;
using EdgeFlora.Coordinator.Models;
using EdgeFlora.Coordinator.Replicas;
using EdgeFlora.Coordinator.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Coordinator.Tests.Api.Fakes;

/// <summary>The API on a real Kestrel, over TLS unless said otherwise, in front of fakes.</summary>
internal sealed class ServedApi : IAsyncDisposable
{
    private readonly ApiHost host;

    private ServedApi(ApiHost host, FakeRunService runs, OperatorTokenRegistry tokens, string folder)
    {
        this.host = host;
        Runs = runs;
        Folder = folder;
        Operate = tokens.Create(new NewOperatorToken("olga", OperatorRole.Operate)).Secret;
        View = tokens.Create(new NewOperatorToken("vera", OperatorRole.View)).Secret;
    }

    public FakeRunService Runs { get; }

    /// <summary>Why it does not lead, as a replica; null: it does.</summary>
    public string? StandsBy { get; set; }

    /// <summary>Who leads, as a replica that stands by knows it.</summary>
    public LeadingReplica? Leading { get; set; }

    /// <summary>Where other replicas reach it.</summary>
    public ReplicaAddress Replica => host.Replica;

    /// <summary>Its state folder.</summary>
    public string Folder { get; }

    /// <summary>Secret of the token <c>olga</c>, which may operate.</summary>
    public string Operate { get; }

    /// <summary>Secret of the token <c>vera</c>, which may view.</summary>
    public string View { get; }

    public Uri Address => host.Address;

    public string? Fingerprint => host.Fingerprint;

    public static async Task<ServedApi> StartAsync(
        Func<ApiOptions, ApiOptions>? configure = null, TimeProvider? clock = null, ILoggerFactory? loggers = null)
    {
        string folder = Directory.CreateTempSubdirectory("edgeflora-api-").FullName;
        var options = new ApiOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), StateFolder = folder, RequestsPerSecond = 10_000 };
        var tokens = OperatorTokenRegistry.Open(folder, TimeProvider.System);
        var runs = new FakeRunService();
        var monitor = new FakeServiceMonitor();
        var store = ModelStore.Open(folder, TimeProvider.System);
        var models = new ModelCatalogue(Path.Combine(folder, "no-model"), [], takesPaths: false, store, new ModelArchives(store));
        ServedApi? served = null;
        var services = new ApiServices(
            runs,
            new FakeFleetService(),
            new FakeEnrolmentService(),
            monitor,
            new ModelService(models, store, runs),
            tokens,
            clock ?? TimeProvider.System,
            loggers ?? NullLoggerFactory.Instance)
        {
            Meter = new ServiceMeter(
                async stop => new ServiceReading(await runs.StatusAsync(stop), await monitor.ResourcesAsync(stop), await monitor.AlertsAsync(stop)),
                TimeProvider.System),
            StandsBy = () => served?.StandsBy,
            Leading = () => served?.Leading,
        };
        return served = new ServedApi(
            await ApiHost.StartAsync(configure?.Invoke(options) ?? options, services, TestContext.Current.CancellationToken), runs, tokens, folder);
    }

    /// <summary>A client that trusts this certificate and no other.</summary>
    public HttpClient Client(string? token)
    {
        var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) => $"sha256:{Convert.ToHexStringLower(certificate!.GetCertHash(HashAlgorithmName.SHA256))}" == Fingerprint,
        };
        var client = new HttpClient(handler) { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
