using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using EdgeFlora.Contracts;

namespace EdgeFlora.Integration.Tests.Brokers;

/// <summary>A broker with its management API: it is started for the first class of tests that needs one and emptied for the next.</summary>
public sealed class ManagedServer : IAsyncDisposable
{
    private static readonly string[] UsedHosts = ["enrolment", "fleet"];

    private PrivateBroker? broker;

    public async ValueTask DisposeAsync()
    {
        if (broker is not null)
        {
            await broker.DisposeAsync();
        }
    }

    /// <summary>The broker without what an earlier test left; null: there is none here.</summary>
    internal async Task<PrivateBroker?> EmptyAsync(CancellationToken stop)
    {
        if (!File.Exists(PrivateBroker.Program))
        {
            return null;
        }

        bool isNew = broker is null;
        broker ??= new PrivateBroker();
        broker.UseManagement();
        if (!broker.IsRunning)
        {
            await broker.StartAsync(stop);
        }

        if (!isNew)
        {
            await EmptyAsync(broker.Management, stop);
        }

        return broker;
    }

    /// <summary>Makes anew the virtual hosts that tests with a management API use and ends agents' users.</summary>
    internal static async Task EmptyAsync(Uri management, CancellationToken stop)
    {
        using var http = new HttpClient { BaseAddress = management };
        http.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes("guest:guest")));
        foreach (string host in UsedHosts)
        {
            await SendAsync(HttpMethod.Delete, $"api/vhosts/{host}", body: null);
            await SendAsync(HttpMethod.Put, $"api/vhosts/{host}", new { });
            await SendAsync(HttpMethod.Put, $"api/permissions/{host}/guest", new { configure = ".*", write = ".*", read = ".*" });
        }

        foreach (User user in (await http.GetFromJsonAsync<User[]>("api/users", stop))!)
        {
            if (user.Name.StartsWith(AgentUser.Prefix, StringComparison.Ordinal))
            {
                await SendAsync(HttpMethod.Delete, $"api/users/{user.Name}", body: null);
            }
        }

        async Task SendAsync(HttpMethod method, string path, object? body)
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            using HttpResponseMessage answer = await http.SendAsync(request, stop);
            Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync(stop)}");
        }
    }

    private sealed record User(string Name);
}
