using System.Diagnostics.CodeAnalysis;

namespace EdgeFlora.Transport.Buses;

/// <summary>A broker's URL taken apart. <see cref="ToString"/> leaves the password out.</summary>
/// <param name="User"><c>guest</c> if the URL names none.</param>
/// <param name="Password">Null if the URL holds none.</param>
internal sealed record BrokerAddress(string Host, ushort Port, string VirtualHost, string User, string? Password, bool Tls)
{
    private const ushort PlainPort = 5672;
    private const ushort TlsPort = 5671;

    /// <summary>Whether the URL says who we are.</summary>
    public bool NamesUser { get; init; }

    /// <param name="wrong">What is wrong, to stand behind the setting's name; never contains the password.</param>
    public static bool TryParse(string url, [NotNullWhen(true)] out BrokerAddress? address, [NotNullWhen(false)] out string? wrong)
    {
        address = null;
        if (!Uri.TryCreate(url.Trim(), UriKind.Absolute, out Uri? uri) || string.IsNullOrEmpty(uri.Host))
        {
            // The text may hold a password, so it is not repeated.
            wrong = "is no URL; write amqp://user:password@host:port/vhost.";
            return false;
        }

        bool tls = uri.Scheme == "amqps";
        if (!tls && uri.Scheme != "amqp")
        {
            wrong = $"begins with {uri.Scheme}://; write amqp:// or amqps://.";
            return false;
        }

        string path = uri.AbsolutePath.TrimStart('/');
        if (path.Contains('/', StringComparison.Ordinal) || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            wrong = $"ends with {uri.PathAndQuery}{uri.Fragment}; after the port stands the virtual host only, with / written as %2F.";
            return false;
        }

        string[] credentials = uri.UserInfo.Split(':', 2);
        address = new BrokerAddress(
            uri.Host,
            uri.Port > 0 ? (ushort)uri.Port : tls ? TlsPort : PlainPort,
            path.Length == 0 ? "/" : Uri.UnescapeDataString(path),
            credentials[0].Length == 0 ? "guest" : Uri.UnescapeDataString(credentials[0]),
            credentials.Length < 2 ? null : Uri.UnescapeDataString(credentials[1]),
            tls)
        {
            NamesUser = credentials[0].Length > 0,
        };
        wrong = null;
        return true;
    }

    public override string ToString() => $"{(Tls ? "amqps" : "amqp")}://{User}@{Host}:{Port}/{Uri.EscapeDataString(VirtualHost)}";
}
