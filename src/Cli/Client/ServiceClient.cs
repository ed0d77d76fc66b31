using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Client;

/// <summary>Speaks to a service's API. Every command carries an idempotency key.</summary>
internal sealed class ServiceClient : IDisposable
{
    /// <summary>How often an upload that was broken off is begun again.</summary>
    private const int MostBroken = 3;

    private readonly ServiceContext context;
    private readonly ServiceFaults faults;
    private readonly HttpClient http;

    /// <param name="enrols">Whether it speaks for a device that becomes an agent, rather than for an operator.</param>
    public ServiceClient(ServiceContext context, bool enrols = false)
    {
        this.context = context;
        faults = new ServiceFaults(context, enrols);
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(10),
            UseProxy = false,
            AllowAutoRedirect = false, // a token is for the service alone
            SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, errors) => IsTrusted(certificate, errors) },
        };
        http = new HttpClient(handler) { BaseAddress = new Uri(context.Url), Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = context.Token is null ? null : new AuthenticationHeaderValue("Bearer", context.Token);
    }

    /// <summary>Longest wait for an answer that is no stream and no model.</summary>
    private static TimeSpan Patience => TimeSpan.FromSeconds(60);

    /// <summary>Longest that an upload may stand still, or the service look through what it got.</summary>
    private static TimeSpan UploadPatience => TimeSpan.FromMinutes(10);

    /// <summary>After which an upload that was broken off is begun again.</summary>
    private static TimeSpan BrokenPause => TimeSpan.FromSeconds(1);

    /// <summary>Told why the service cannot answer at the moment, before it is asked again for a while; null: it is asked once.</summary>
    public Action<string>? Waits { get; init; }

    public string Url => context.Url;

    /// <summary>Of the one certificate that is trusted; null: whichever this machine trusts.</summary>
    public string? Fingerprint => context.Fingerprint;

    public async Task<T> GetAsync<T>(string path, CancellationToken stop)
    {
        using HttpResponseMessage response = await SendAsync(() => new HttpRequestMessage(HttpMethod.Get, path), stop);
        return await ReadAsync<T>(response, stop);
    }

    /// <param name="key">Idempotency key; null: a new one.</param>
    /// <param name="patience">Longest wait for the answer; null: as for every command.</param>
    public async Task<T> CommandAsync<T>(
        HttpMethod method, string path, object? body, CancellationToken stop, string? key = null, TimeSpan? patience = null)
    {
        using HttpResponseMessage response = await SendAsync(Command(method, path, body, key), stop, patience);
        return await ReadAsync<T>(response, stop);
    }

    public async Task CommandAsync(HttpMethod method, string path, CancellationToken stop)
    {
        using HttpResponseMessage response = await SendAsync(Command(method, path, null, null), stop);
    }

    /// <summary>
    /// Sends a body that may be large. It may take as long as it moves; and the service some time to look it through. A service that changes its
    /// leader meanwhile is sent it again, under the same key: what it has taken already it does not take twice.
    /// </summary>
    /// <param name="path">What it is posted to.</param>
    /// <param name="open">Opens the body, from its beginning, as often as it is sent.</param>
    /// <param name="type">Of the body.</param>
    /// <exception cref="InputException">The body cannot be read to its end.</exception>
    public async Task<T> UploadAsync<T>(string path, Func<Stream> open, string type, CancellationToken stop)
    {
        Func<HttpRequestMessage> make = Command(HttpMethod.Post, path, null, null);
        var patience = new ServicePatience(Waits, TimeProvider.System);
        int broken = 0;
        while (true)
        {
            using var attempt = new UploadAttempt(make(), open(), type, UploadPatience);
            (HttpResponseMessage? response, Exception? lost) = await AttemptAsync(attempt, stop);
            using (response)
            {
                if (response is { IsSuccessStatusCode: true })
                {
                    return await ReadAsync<T>(response, stop);
                }

                bool hasBegun = attempt.HasMoved || broken > 0;
                Exception problem = lost ?? await ProblemAsync(response!, stop);
                TimeSpan? pause = response is not null ? AgainAfter(response)
                    : hasBegun && !attempt.StoodStill && !IsOfTrust(lost) ? BrokenPause
                    : null;
                if (attempt.HasMoved)
                {
                    broken++;
                    patience.Renew();
                }

                if (broken > MostBroken || !await patience.WaitAsync(problem, pause, stop))
                {
                    throw problem;
                }
            }
        }
    }

    /// <summary>Asks for something that is open to everybody, and tells how it was answered rather than what.</summary>
    /// <exception cref="ServiceUnreachableException">Nothing answers, or another than the one that is trusted.</exception>
    public async Task<ServiceProbe> ProbeAsync(string path, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using HttpResponseMessage response = await GuardAsync(
            () => http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop), stop);
        using Stream body = await response.Content.ReadAsStreamAsync(stop);
        byte[] text = new byte[500];
        int length = await GuardAsync(() => body.ReadAtLeastAsync(text, text.Length, throwOnEndOfStream: false, stop).AsTask(), stop);
        return new ServiceProbe((int)response.StatusCode, response.Headers.Date, SafeText.OneLine(Encoding.UTF8.GetString(text, 0, length).Trim()));
    }

    /// <summary>Writes the answer's bytes as they come.</summary>
    public async Task DownloadAsync(string path, Stream target, CancellationToken stop)
    {
        using HttpResponseMessage response = await SendAsync(() => new HttpRequestMessage(HttpMethod.Get, path), stop);
        await GuardAsync(async () => await response.Content.CopyToAsync(target, stop), stop);
    }

    /// <summary>Opens a stream of events.</summary>
    public Task<HttpResponseMessage> OpenAsync(string path, long after, CancellationToken stop) => SendAsync(
        () =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("Last-Event-ID", after.ToString(System.Globalization.CultureInfo.InvariantCulture));
            return request;
        },
        stop);

    public void Dispose() => http.Dispose();

    /// <summary>Makes a command as often as it is sent, each time under the same key: it is done once.</summary>
    private static Func<HttpRequestMessage> Command(HttpMethod method, string path, object? body, string? key)
    {
        key ??= RandomNumberGenerator.GetHexString(32, lowercase: true);
        return () =>
        {
            var request = new HttpRequestMessage(method, path)
            {
                Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: ApiJson.Options),
            };
            request.Headers.Add("Idempotency-Key", key);
            return request;
        };
    }

    private async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> make, CancellationToken stop, TimeSpan? patience = null)
    {
        var waiting = new ServicePatience(Waits, TimeProvider.System);
        while (true)
        {
            using HttpRequestMessage request = make();
            HttpResponseMessage response = await SendOnceAsync(request, patience, stop);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            using (response)
            {
                Exception problem = await ProblemAsync(response, stop);
                if (!await waiting.WaitAsync(problem, AgainAfter(response), stop))
                {
                    throw problem;
                }
            }
        }
    }

    /// <summary>When a service that nobody leads at the moment is to be asked again; null: it is not.</summary>
    private static TimeSpan? AgainAfter(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.ServiceUnavailable ? response.Headers.RetryAfter?.Delta : null;

    /// <returns>The answer, or why there is none.</returns>
    private async Task<(HttpResponseMessage? Response, Exception? Lost)> AttemptAsync(UploadAttempt attempt, CancellationToken stop)
    {
        try
        {
            return (await GuardAsync(() => attempt.SendAsync(http, stop), stop), null);
        }
        catch (Exception) when (attempt.Failure is not null)
        {
            throw new InputException($"what is sent cannot be read: {attempt.Failure.Message}", attempt.Failure);
        }
        catch (ServiceUnreachableException lost)
        {
            return (null, lost);
        }
    }

    private Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, TimeSpan? patience, CancellationToken stop) => GuardAsync(
        async () =>
        {
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stop);
            waiting.CancelAfter(patience ?? Patience);
            try
            {
                return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, waiting.Token);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                throw new ServiceUnreachableException($"{context.Url} did not answer within {(patience ?? Patience).TotalSeconds:0} s");
            }
        },
        stop);

    private async Task<Exception> ProblemAsync(HttpResponseMessage response, CancellationToken stop)
    {
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json")
        {
            return new ServiceUnreachableException(
                $"{context.Url} answers with status {(int)response.StatusCode}, but not as an EdgeFlora service; is the URL right?");
        }

        return faults.Of(await ReadAsync<ApiProblem>(response, stop));
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken stop)
    {
        try
        {
            return await GuardAsync(async () => await response.Content.ReadFromJsonAsync<T>(ApiJson.Options, stop), stop)
                ?? throw new ServiceUnreachableException($"{context.Url} answers with nothing; is it an EdgeFlora service?");
        }
        catch (JsonException other)
        {
            throw new ServiceUnreachableException(
                $"{context.Url} answers in a form that this version does not read ({other.Message}); are client and service of one version?", other);
        }
    }

    private Task GuardAsync(Func<Task> act, CancellationToken stop) => GuardAsync(
        async () =>
        {
            await act();
            return true;
        },
        stop);

    private async Task<T> GuardAsync<T>(Func<Task<T>> act, CancellationToken stop)
    {
        try
        {
            return await act();
        }
        catch (Exception failure) when (!stop.IsCancellationRequested && failure is HttpRequestException or IOException or OperationCanceledException)
        {
            throw faults.Of(failure);
        }
    }

    /// <summary>Whether somebody answered, but not one who is trusted.</summary>
    private static bool IsOfTrust(Exception? lost) => lost?.InnerException?.InnerException is AuthenticationException;

    /// <summary>A pinned certificate is trusted whoever made it, and no other.</summary>
    private bool IsTrusted(X509Certificate? certificate, SslPolicyErrors errors) => context.Fingerprint is { } pinned
        ? certificate is not null && CryptographicOperations.FixedTimeEquals(
            certificate.GetCertHash(HashAlgorithmName.SHA256), Convert.FromHexString(pinned["sha256:".Length..]))
        : errors == SslPolicyErrors.None;
}
