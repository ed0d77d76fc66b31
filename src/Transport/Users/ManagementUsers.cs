using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Transport.Users;

/// <summary>A broker's users through RabbitMQ's management API.</summary>
public sealed class ManagementUsers : IBrokerUsers, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ManagementOptions options;
    private readonly string virtualHost;
    private readonly BrokerTrust? trust;
    private readonly HttpClient http;

    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting of the broker is not allowed.</exception>
    public ManagementUsers(ManagementOptions options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        BrokerAddress broker = options.Broker.Address();
        virtualHost = broker.VirtualHost;
        var handler = new SocketsHttpHandler { ConnectTimeout = Patience, UseProxy = false, AllowAutoRedirect = false };
        if (options.Url.Scheme == Uri.UriSchemeHttps)
        {
            // The same authorities as for the broker itself; its name is this address's.
            BrokerAddress here = broker with { Host = options.Url.Host, Port = (ushort)options.Url.Port };
            trust = new BrokerTrust(here, options.Broker with { ServerName = null }, clock);
            handler.SslOptions.RemoteCertificateValidationCallback = trust.Accepts;
        }

        (string user, string password) = options.User is { } named
            ? (named, BrokerSecrets.Password(options.PasswordFile!))
            : (broker.User, broker.Password ?? "guest");
        http = new HttpClient(handler) { BaseAddress = options.Url, Timeout = Patience };
        string credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", credentials);
    }

    public async Task<bool> ExistsAsync(string user, CancellationToken stop) =>
        await AskAsync(HttpMethod.Get, UserPath(user), null, stop) != HttpStatusCode.NotFound;

    public async Task<IReadOnlyList<BrokerUser>> ListAsync(string prefix, CancellationToken stop)
    {
        using JsonDocument users = await ReadAsync("/api/users", stop);
        using JsonDocument permissions = await ReadAsync($"/api/vhosts/{Uri.EscapeDataString(virtualHost)}/permissions", stop);
        try
        {
            var rights = permissions.RootElement.EnumerateArray().ToDictionary(
                one => one.GetProperty("user").GetString()!, one => RightsOf(one), StringComparer.Ordinal);
            return
            [
                .. users.RootElement.EnumerateArray()
                    .Where(user => user.GetProperty("name").GetString()!.StartsWith(prefix, StringComparison.Ordinal))
                    .Select(user => Described(user, rights)),
            ];
        }
        catch (Exception other) when (other is InvalidOperationException or KeyNotFoundException or ArgumentException)
        {
            throw new BrokerUsersException($"The management API at {options.Url} answers in a form that is not RabbitMQ's.", other);
        }
    }

    public async Task PutAsync(string user, string passwordHash, UserRights rights, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(rights);
        var secret = new Dictionary<string, string>
        {
            ["password_hash"] = passwordHash,
            ["hashing_algorithm"] = PasswordHash.Algorithm,
            ["tags"] = "",
        };
        await DoAsync(HttpMethod.Put, UserPath(user), secret, stop);
        var permissions = new Dictionary<string, string> { ["configure"] = rights.Configure, ["write"] = rights.Write, ["read"] = rights.Read };
        await DoAsync(HttpMethod.Put, $"/api/permissions/{Uri.EscapeDataString(virtualHost)}/{Uri.EscapeDataString(user)}", permissions, stop);
    }

    /// <summary>A broker closes the connections of a user that it deletes (its event <c>user_deleted</c>).</summary>
    public async Task DeleteAsync(string user, CancellationToken stop) => await AskAsync(HttpMethod.Delete, UserPath(user), null, stop);

    public void Dispose() => http.Dispose();

    private static string UserPath(string user) => $"/api/users/{Uri.EscapeDataString(user)}";

    private static UserRights RightsOf(JsonElement permission) => new(
        permission.GetProperty("configure").GetString()!, permission.GetProperty("write").GetString()!, permission.GetProperty("read").GetString()!);

    private static BrokerUser Described(JsonElement user, Dictionary<string, UserRights> rights)
    {
        string name = user.GetProperty("name").GetString()!;

        // A list since RabbitMQ 3.9, a text before.
        JsonElement tags = user.GetProperty("tags");
        bool hasTags = tags.ValueKind == JsonValueKind.Array ? tags.GetArrayLength() > 0 : tags.GetString() is { Length: > 0 };
        return new BrokerUser(name, user.GetProperty("password_hash").GetString() ?? "", rights.GetValueOrDefault(name), hasTags);
    }

    private async Task DoAsync(HttpMethod method, string path, object? body, CancellationToken stop)
    {
        if (await AskAsync(method, path, body, stop) == HttpStatusCode.NotFound)
        {
            throw Unknown(path);
        }
    }

    private async Task<JsonDocument> ReadAsync(string path, CancellationToken stop)
    {
        JsonDocument? read = null;
        HttpStatusCode status = await AskAsync(HttpMethod.Get, path, null, stop, async answer => read = await JsonDocument.ParseAsync(answer));
        return status == HttpStatusCode.NotFound || read is null ? throw Unknown(path) : read;
    }

    private BrokerUsersException Unknown(string path) => new(
        $"The management API at {options.Url} does not know {path}; broker.management must be that of the broker of broker.url.");

    /// <param name="read">Takes what a success brings.</param>
    /// <returns>A status of success, or 404.</returns>
    private async Task<HttpStatusCode> AskAsync(
        HttpMethod method, string path, object? body, CancellationToken stop, Func<Stream, Task>? read = null)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body, body.GetType()) };
            using HttpResponseMessage response = await http.SendAsync(request, stop);
            if (read is not null && response.IsSuccessStatusCode)
            {
                await read(await response.Content.ReadAsStreamAsync(stop));
            }

            return response.StatusCode switch
            {
                HttpStatusCode.NotFound => HttpStatusCode.NotFound,
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => throw new BrokerUsersException(
                    $"The management API at {options.Url} refuses the service's user or its password, or the user is no administrator; "
                    + "give it the tag: rabbitmqctl set_user_tags USER administrator"),
                _ when response.IsSuccessStatusCode => response.StatusCode,
                var status => throw new BrokerUsersException(
                    $"The management API at {options.Url} answers {method} {path} with status {(int)status}; its log says why."),
            };
        }
        catch (Exception silent) when (!stop.IsCancellationRequested
            && silent is HttpRequestException or IOException or OperationCanceledException or JsonException)
        {
            string silence = $"The management API at {options.Url} does not answer ({silent.Message.TrimEnd('.')}); "
                + "is the plugin rabbitmq_management enabled?";
            throw new BrokerUsersException(trust?.Refusal ?? silence, silent);
        }
    }
}
