using System.Text.Json.Serialization;

namespace EdgeFlora.Cli.Client;

/// <summary>Where a service is and how it is spoken to.</summary>
/// <param name="Url">Of the API: <c>https://host:8443</c>.</param>
/// <param name="Token">Secret of an operator token; absent: none, as with <c>--dev</c>.</param>
/// <param name="Fingerprint">Of the one certificate that is trusted, <c>sha256:…</c>; absent: whichever this machine trusts.</param>
internal sealed record ServiceContext(string Url, string? Token, string? Fingerprint)
{
    /// <summary>Where <c>edgeflora coordinator --dev</c> listens.</summary>
    [JsonIgnore]
    public static ServiceContext Local { get; } = new("http://localhost:8480", null, null);

    /// <summary>Everything in it, checked.</summary>
    /// <exception cref="CommandLine.InputException">The URL or the fingerprint is none, or the token would travel unprotected.</exception>
    public ServiceContext Checked()
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out Uri? address)
            || address.Scheme is not ("http" or "https")
            || address.UserInfo.Length > 0
            || address.PathAndQuery != "/")
        {
            throw new CommandLine.InputException($"the service's URL is '{Url}'; it must be https://HOST:PORT, without user, path or query");
        }

        if (address.Scheme == "http" && !address.IsLoopback)
        {
            throw new CommandLine.InputException(
                $"the service's URL is '{Url}'; beyond this machine it must be https://, or everybody on the way could read the token");
        }

        return Fingerprint is null || (
            Fingerprint.StartsWith("sha256:", StringComparison.Ordinal) && Fingerprint.Length == 71 && Fingerprint[7..].All(char.IsAsciiHexDigit))
            ? this
            : throw new CommandLine.InputException(
                $"--fingerprint is '{Fingerprint}'; it must be sha256: and 64 hexadecimal digits, as the service prints it at its start");
    }
}
