using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Service;

/// <summary>Where other replicas reach a coordinator's API.</summary>
internal static class ReplicaUrl
{
    /// <param name="url">Null: where it listens.</param>
    /// <param name="name">What it was given with, for messages.</param>
    /// <param name="dev">Whether the API is served without TLS, on loopback.</param>
    /// <param name="shared">Whether there can be other replicas.</param>
    /// <exception cref="InputException">It is no such URL, or nobody could use it.</exception>
    public static Uri? Parse(string? url, string name, bool dev, bool shared)
    {
        if (url is null)
        {
            return null;
        }

        if (!shared)
        {
            throw new InputException($"{name} is '{url}', but without --store there are no other replicas; give that too, or leave {name} out");
        }

        string scheme = dev ? "http" : "https";
        return Uri.TryCreate(url, UriKind.Absolute, out Uri? given)
            && given.Scheme == scheme && given.Host.Length > 0 && given.UserInfo.Length == 0
            && given.PathAndQuery == "/" && given.Fragment.Length == 0
            ? given
            : throw new InputException($"{name} is '{url}'; it must be {scheme}://HOST:PORT, without user, path or query");
    }
}
