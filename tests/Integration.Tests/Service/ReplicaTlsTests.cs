using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Testing.InProcess;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>Two coordinators as they are run in earnest, over TLS and with tokens, that share nothing but the database.</summary>
public sealed class ReplicaTlsTests(BrokerFixture broker, PostgresFixture postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_show_one_certificate_and_take_the_same_tokens_before_and_after_the_first_is_lost()
    {
        using var folder = new TemporaryFolder();
        PostgresOptions place = await (await postgres.ServerAsync()).NewDatabaseAsync();
        string configuration = folder.In("coordinator.yaml");
        await File.WriteAllTextAsync(folder.In("store.password"), PrivatePostgres.Password, Stop);
        await File.WriteAllTextAsync(
            configuration,
            $$"""
            store:
              url: postgres://{{place.User}}@{{place.Host}}:{{place.Port}}/{{place.Database}}
              passwordFile: store.password
              lease: 30s
              bodies: postgres
            """,
            Stop);
        await FleetQueue.EmptyAsync(broker.Url("service"), Stop);
        await using EdgeFloraProcess first = Start(folder.In("first"), configuration);
        string fingerprint = await FingerprintAsync(first);
        string token = (await File.ReadAllTextAsync(folder.In("first/first-operator.token"), Stop)).Trim();
        await using EdgeFloraProcess second = Start(folder.In("second"), configuration);
        await second.LineAsync("handing requests on to https://127.0.0.1:");
        using HttpClient client = Client(new Uri((await second.LineAsync("started at ")).Split(' ')[2]), fingerprint);

        using HttpResponseMessage made = await SendAsync(client, HttpMethod.Post, "/api/v1/tokens", token, new { name = "next", role = "Operate" });
        using HttpResponseMessage metrics = await SendAsync(client, HttpMethod.Get, "/metrics", token);
        string next = (await made.Content.ReadFromJsonAsync<CreatedOperatorToken>(ApiJson.Options, Stop))!.Secret;
        await first.KillAsync();
        Directory.Delete(folder.In("first"), recursive: true);
        string after = await FingerprintAsync(second);
        using HttpResponseMessage known = await SendAsync(client, HttpMethod.Get, "/api/v1/me", next);
        using HttpResponseMessage unknown = await SendAsync(client, HttpMethod.Get, "/api/v1/me", "efo_guessed");

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (made.StatusCode, metrics.StatusCode));
        Assert.Equal(fingerprint, after);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (known.StatusCode, unknown.StatusCode));
        Assert.DoesNotContain(second.Lines, line => line.StartsWith("the first operator token", StringComparison.Ordinal));
    }

    private EdgeFloraProcess Start(string state, string configuration) => EdgeFloraProcess.Start(
        broker.Url("service"), "coordinator", "--listen", "https://127.0.0.1:0", "--state", state, "--config", configuration);

    private static async Task<string> FingerprintAsync(EdgeFloraProcess replica)
    {
        await replica.LineAsync("serving at ");
        return (await replica.LineAsync("fingerprint of its certificate: ")).Split(' ')[^1];
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, string path, string token, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await client.SendAsync(request, Stop);
    }

    /// <summary>Takes one certificate and no other.</summary>
    private static HttpClient Client(Uri address, string fingerprint) => new(new HttpClientHandler
    {
        ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
            $"sha256:{Convert.ToHexStringLower(certificate!.GetCertHash(HashAlgorithmName.SHA256))}" == fingerprint,
    })
    {
        BaseAddress = address,
    };
}
