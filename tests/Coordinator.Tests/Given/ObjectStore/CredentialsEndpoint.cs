using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Tests.Given.ObjectStore;

/// <summary>
/// Stands in for what gives credentials to a container of Amazon's, and tells this process of it through the environment; for one test, which runs
/// alone: the client looks for such an address once in a process.
/// </summary>
internal sealed class CredentialsEndpoint : IAsyncDisposable
{
    private const string Address = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

    private readonly WebApplication server;
    private int asked;

    private CredentialsEndpoint(WebApplication server) => this.server = server;

    /// <summary>Key that it gives, and how long that one is good for; null: it answers with status 500.</summary>
    public (string AccessKey, string SecretKey, TimeSpan Life)? Gives { get; set; }

    /// <summary>Times that it was asked.</summary>
    public int Asked => Volatile.Read(ref asked);

    public string Url => $"{server.Urls.Single()}/credentials";

    public static async Task<CredentialsEndpoint> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var endpoint = new CredentialsEndpoint(builder.Build());
        endpoint.server.MapGet("/credentials", endpoint.Answer);
        await endpoint.server.StartAsync();
        Environment.SetEnvironmentVariable(Address, endpoint.Url);
        return endpoint;
    }

    public async ValueTask DisposeAsync()
    {
        Environment.SetEnvironmentVariable(Address, null);
        await server.DisposeAsync();
    }

    private IResult Answer()
    {
        Interlocked.Increment(ref asked);
        return Gives is not var (key, secret, life) ? Results.StatusCode(StatusCodes.Status500InternalServerError) : Results.Json(
            new
            {
                AccessKeyId = key,
                SecretAccessKey = secret,
                Token = "a-token-of-the-tests",
                Expiration = (DateTime.UtcNow + life).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            },
            JsonSerializerOptions.Default);
    }
}
