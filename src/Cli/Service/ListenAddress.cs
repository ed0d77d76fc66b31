using System.Net;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Service;

/// <summary>Where the API listens, as a URL.</summary>
internal static class ListenAddress
{
    private static readonly IPEndPoint Trial = new(IPAddress.Loopback, 8480);
    private static readonly IPEndPoint Standard = new(IPAddress.IPv6Any, 8443);

    /// <param name="url"><c>https://ADDRESS:PORT</c>, or with <paramref name="dev"/> <c>http://</c>; null: the usual place.</param>
    /// <param name="name">What the URL was given with, for messages.</param>
    /// <exception cref="InputException">It is no such URL.</exception>
    public static IPEndPoint Parse(string? url, string name, bool dev)
    {
        if (url is null)
        {
            return dev ? Trial : Standard;
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? given)
            || given.Scheme is not ("http" or "https")
            || given.UserInfo.Length > 0
            || given.PathAndQuery != "/")
        {
            throw new InputException($"{name} is '{url}'; it must be {(dev ? "http" : "https")}://ADDRESS:PORT, without user, path or query");
        }

        if (given.Scheme == "https" == dev)
        {
            throw new InputException(dev
                ? $"{name} is '{url}', but --dev serves without TLS: write http://, or leave --dev out"
                : $"{name} is '{url}', but only --dev serves without TLS: write https://, or add --dev");
        }

        if (given.Host == "localhost")
        {
            return new IPEndPoint(IPAddress.Loopback, given.Port);
        }

        return IPAddress.TryParse(given.Host.Trim('[', ']'), out IPAddress? address)
            ? new IPEndPoint(address, given.Port)
            : throw new InputException(
                $"{name} is '{url}'; its host must be an address of this machine, such as 0.0.0.0 for all of them, or localhost");
    }
}
