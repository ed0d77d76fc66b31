using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Client;

/// <summary>Speaks to a service's API. Every command carries an idempotency key.</summary>
internal sealed class ServiceClient : IDisposable
{
    private readonly ServiceContext context;
    private readonly bool enrols;
    private readonly HttpClient http;

    /// <param name="enrols">Whether it speaks for a device that becomes an agent, rather than for an operator.</param>
    public ServiceClient(ServiceContext context, bool enrols = false)
    {
        this.context = context;
        this.enrols = enrols;
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

    public string Url => context.Url;

    /// <summary>Of the one certificate that is trusted; null: whichever this machine trusts.</summary>
    public string? Fingerprint => context.Fingerprint;

    public async Task<T> GetAsync<T>(string path, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using HttpResponseMessage response = await SendAsync(request, stop);
        return await ReadAsync<T>(response, stop);
    }

    /// <param name="key">Idempotency key; null: a new one.</param>
    public async Task<T> CommandAsync<T>(HttpMethod method, string path, object? body, CancellationToken stop, string? key = null)
    {
        using HttpRequestMessage request = Command(method, path, body, key);
        using HttpResponseMessage response = await SendAsync(request, stop);
        return await ReadAsync<T>(response, stop);
    }

    public async Task CommandAsync(HttpMethod method, string path, CancellationToken stop)
    {
        using HttpRequestMessage request = Command(method, path, null, null);
        using HttpResponseMessage response = await SendAsync(request, stop);
    }

    /// <summary>Sends a body that may be large. It may take as long as it moves; and the service some time to look it through.</summary>
    /// <param name="path">What it is posted to.</param>
    /// <param name="type">Of the body.</param>
    public async Task<T> UploadAsync<T>(string path, Stream body, string type, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(UploadPatience);
        using HttpRequestMessage request = Command(HttpMethod.Post, path, null, null);
        request.Content = new StreamContent(new WatchedStream(body, () => patience.CancelAfter(UploadPatience)));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);

        // So a service that refuses it says so before it is sent.
        request.Headers.ExpectContinue = true;
        using HttpResponseMessage response = await GuardAsync(
            async () =>
            {
                try
                {
                    return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
                }
                catch (OperationCanceledException) when (!stop.IsCancellationRequested)
                {
                    throw new IOException($"nothing moved for {UploadPatience.TotalMinutes:0} minutes");
                }
            },
            stop);
        return response.IsSuccessStatusCode ? await ReadAsync<T>(response, stop) : throw await ProblemAsync(response, stop);
    }

    /// <summary>Asks for something that is open to everybody, and tells how it was answered rather than what.</summary>
    /// <exception cref="ServiceUnreachableException">Nothing answers, or another than the one that is trusted.</exception>
    public async Task<ServiceProbe> ProbeAsync(string path, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using HttpResponseMessage response = await GuardAsync(
            () => http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop), stop);
        return new ServiceProbe((int)response.StatusCode, response.Headers.Date);
    }

    /// <summary>Writes the answer's bytes as they come.</summary>
    public async Task DownloadAsync(string path, Stream target, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using HttpResponseMessage response = await SendAsync(request, stop);
        await GuardAsync(async () => await response.Content.CopyToAsync(target, stop), stop);
    }

    /// <summary>Opens a stream of events.</summary>
    public async Task<HttpResponseMessage> OpenAsync(string path, long after, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Last-Event-ID", after.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return await SendAsync(request, stop);
    }

    public void Dispose() => http.Dispose();

    private static HttpRequestMessage Command(HttpMethod method, string path, object? body, string? key)
    {
        var request = new HttpRequestMessage(method, path)
        {
            Content = body is null ? null : JsonContent.Create(
            body, body.GetType(), options: ApiJson.Options)
        };
        request.Headers.Add("Idempotency-Key", key ?? RandomNumberGenerator.GetHexString(32, lowercase: true));
        return request;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken stop)
    {
        HttpResponseMessage response = await GuardAsync(
            async () =>
            {
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
                patience.CancelAfter(Patience);
                return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            },
            stop);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await ProblemAsync(response, stop);
        }
    }

    private async Task<Exception> ProblemAsync(HttpResponseMessage response, CancellationToken stop)
    {
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json")
        {
            return new ServiceUnreachableException(
                $"{context.Url} answers with status {(int)response.StatusCode}, but not as an EdgeFlora service; is the URL right?");
        }

        ApiProblem problem = await ReadAsync<ApiProblem>(response, stop);
        return problem switch
        {
            { Errors.Count: > 0 } => new SpecException(problem.Errors),
            { Code: ProblemCode.Unauthorized } when !enrols => new ServiceProblemException(problem with
            {
                Detail = $"{context.Url} does not accept {(context.Token is null ? "requests without an operator token" : "this operator token")}",
                Fix = $"add one: edgeflora context add NAME {context.Url} --token-file FILE",
            }),
            { Code: ProblemCode.Unavailable } => new ServiceUnreachableException(
                $"{problem.Detail ?? $"{context.Url} is not ready"}{(problem.Fix is { } fix ? $"; {fix}" : "")}"),
            _ => new ServiceProblemException(problem),
        };
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
            throw new ServiceUnreachableException(Sentence(failure), failure);
        }
    }

    private string Sentence(Exception failure) => failure switch
    {
        { InnerException: AuthenticationException } when context.Fingerprint is not null =>
            $"{context.Url} shows another certificate than the one that was pinned; "
                + $"{(enrols ? "ask an operator for the fingerprint" : "if the service was set up anew, add its context again")}, "
                + $"else somebody may be in between",
        { InnerException: AuthenticationException } =>
            $"{context.Url} shows a certificate that this machine does not trust; pin it with the fingerprint that the service prints: "
                + $"{(enrols ? "--fingerprint sha256:…" : $"edgeflora context add NAME {context.Url} --fingerprint sha256:…")}",
        OperationCanceledException => $"{context.Url} did not answer within {Patience.TotalSeconds:0} s",
        _ when enrols => $"{context.Url} cannot be reached: {failure.Message}; is the service running, and the URL right?",
        _ => $"{context.Url} cannot be reached: {failure.Message}; is the service running (edgeflora coordinator), "
            + $"and the context right (edgeflora context ls)?",
    };

    /// <summary>A pinned certificate is trusted whoever made it, and no other.</summary>
    private bool IsTrusted(X509Certificate? certificate, SslPolicyErrors errors) => context.Fingerprint is { } pinned
        ? certificate is not null && CryptographicOperations.FixedTimeEquals(
            certificate.GetCertHash(HashAlgorithmName.SHA256), Convert.FromHexString(pinned["sha256:".Length..]))
        : errors == SslPolicyErrors.None;
}
