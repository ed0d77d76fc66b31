using System.Net;

namespace EdgeFlora.Coordinator.Api;

/// <summary>Where and how the API is served.</summary>
public sealed record ApiOptions
{
    /// <summary>Address and port; port 0 takes a free one. Default: all addresses, port 8443.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.IPv6Any, 8443);

    /// <summary>Folder for tokens and the self-made certificate, open to its owner alone.</summary>
    public required string StateFolder { get; init; }

    /// <summary>For trials on one machine: loopback only, no TLS, no tokens.</summary>
    public bool Dev { get; init; }

    /// <summary>Certificate chain, PEM; null: a self-made certificate, whose fingerprint clients pin.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Private key of <see cref="CertificateFile"/>, PEM.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Names and addresses of this machine that a self-made certificate is for, beside localhost and the host's name.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>
    /// Where other replicas reach this one; null: at <see cref="Listen"/>, or where those are all addresses by this machine's name.
    /// </summary>
    public Uri? ReplicaUrl { get; init; }

    /// <summary>Requests a second that one token may make, with bursts of twice as many. 1 … 100,000; default 200.</summary>
    public int RequestsPerSecond { get; init; } = 200;

    /// <summary>Silence after which an event stream gets a comment, so that proxies keep it open. Default 15 s.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Everything that is wrong, one line each, naming setting, value and what would be right.</summary>
    public IEnumerable<string> Problems()
    {
        if (Dev && !IPAddress.IsLoopback(Listen.Address))
        {
            yield return $"api.listen is {Listen}, but --dev serves without TLS and tokens, so on loopback only: use 127.0.0.1, or leave --dev out.";
        }

        if (CertificateFile is null != KeyFile is null)
        {
            yield return CertificateFile is null
                ? "api.key is given without api.certificate; give both, or neither."
                : "api.certificate is given without api.key; give both, or neither.";
        }

        foreach ((string setting, string? file) in new[] { ("api.certificate", CertificateFile), ("api.key", KeyFile) })
        {
            if (file is not null && !File.Exists(file))
            {
                yield return $"{setting} is '{file}', which is not a file; name a PEM file.";
            }
        }

        if (RequestsPerSecond is < 1 or > 100_000)
        {
            yield return FormattableString.Invariant($"api.requestsPerSecond is {RequestsPerSecond}; it must be 1 … 100000.");
        }
    }
}
