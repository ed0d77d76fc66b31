using System.Net.Http.Headers;

namespace EdgeFlora.Cli.Client;

/// <summary>One sending of a body that may be large. It ends when nothing has moved for long.</summary>
internal sealed class UploadAttempt : IDisposable
{
    private readonly HttpRequestMessage request;
    private readonly UploadBody body;
    private readonly TimeSpan patience;
    private readonly CancellationTokenSource standstill = new();

    /// <param name="content">From its beginning.</param>
    /// <param name="type">Of the content.</param>
    /// <param name="patience">Longest that it may stand still, or the service look through what it got.</param>
    public UploadAttempt(HttpRequestMessage request, Stream content, string type, TimeSpan patience)
    {
        this.request = request;
        this.patience = patience;
        body = new UploadBody(content, () => standstill.CancelAfter(patience));
        request.Content = new StreamContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);

        // So a service that refuses it says so before it is sent.
        request.Headers.ExpectContinue = true;
    }

    /// <inheritdoc cref="UploadBody.HasMoved"/>
    public bool HasMoved => body.HasMoved;

    /// <inheritdoc cref="UploadBody.Failure"/>
    public Exception? Failure => body.Failure;

    /// <summary>Whether it ended because nothing moved.</summary>
    public bool StoodStill { get; private set; }

    /// <exception cref="IOException">Nothing moved.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpClient http, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop, standstill.Token);
        standstill.CancelAfter(patience);
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ending.Token);
        }
        catch (OperationCanceledException) when (standstill.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            StoodStill = true;
            throw new IOException($"nothing moved for {patience.TotalMinutes:0} minutes");
        }
    }

    public void Dispose()
    {
        request.Dispose();
        standstill.Dispose();
    }
}
