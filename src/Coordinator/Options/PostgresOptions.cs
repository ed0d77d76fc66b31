using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace EdgeFlora.Coordinator.Options;

/// <summary>The PostgreSQL database that replicas of the service share. Never shown with its password.</summary>
public sealed class PostgresOptions
{
    private const int StandardPort = 5432;

    private const string Form = "postgres://USER@HOST:PORT/DATABASE";

    private PostgresOptions(string host, int port, string database, string user) =>
        (Host, Port, Database, User) = (host, port, database, user);

    public string Host { get; }

    public int Port { get; }

    public string Database { get; }

    public string User { get; }

    /// <summary>Null: the server does not ask for one, or PGPASSWORD or PGPASSFILE of the environment hold it.</summary>
    public string? Password { get; private init; }

    /// <summary>PEM file with the authorities that may have signed the server's certificate; null: those that the system trusts.</summary>
    public string? Ca { get; private init; }

    /// <summary>
    /// How long a replica leads without a word of it in the database, 3 s … 1 min; after that another takes over. Default 5 s.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether bodies and the other files of replicas are kept in it, so that each replica has a folder of its own. Default false.</summary>
    public bool KeepsBodies { get; private init; }

    /// <summary>The bucket that bodies are kept in, while the database keeps the other files of replicas; null: none.</summary>
    public S3Options? S3 { get; private init; }

    /// <summary>Where bodies are kept.</summary>
    public BodyPlace Bodies => S3 is not null ? BodyPlace.S3 : KeepsBodies ? BodyPlace.Postgres : BodyPlace.Folder;

    /// <summary>Whether each replica has a state folder of its own, and all that they need in common is elsewhere.</summary>
    public bool SharesNoFolder => Bodies != BodyPlace.Folder;

    /// <summary>Longest that a start waits for a database that does not answer. Default 10 s.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether the server is on this machine; any other is spoken to over TLS alone, and its certificate must be its host's.
    /// </summary>
    public bool IsLoopback => Host == "localhost" || (IPAddress.TryParse(Host, out IPAddress? address) && IPAddress.IsLoopback(address));

    /// <summary>Reads where the database is.</summary>
    /// <param name="setting">As the user knows it, for messages. They hold nothing of the URL that may be a secret.</param>
    /// <param name="passwordFile">File whose first line is the password; null: the URL's, if it holds one.</param>
    /// <exception cref="CoordinatorOptionsException">It cannot be used.</exception>
    public static PostgresOptions Read(string url, string setting, string? passwordFile = null, string? ca = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (!Uri.TryCreate(url.Trim(), UriKind.Absolute, out Uri? read) || read.Scheme is not ("postgres" or "postgresql") || read.Host.Length == 0)
        {
            throw new CoordinatorOptionsException($"{setting} is not {Form}.");
        }

        string database = Uri.UnescapeDataString(read.AbsolutePath.TrimStart('/'));
        string[] credentials = read.UserInfo.Split(':', 2);
        if (database.Length == 0 || database.Contains('/', StringComparison.Ordinal))
        {
            throw new CoordinatorOptionsException($"{setting} names no database; write {Form}.");
        }

        if (credentials[0].Length == 0)
        {
            throw new CoordinatorOptionsException($"{setting} names no user; write {Form}.");
        }

        if (read.Query is not ("" or "?sslmode=verify-full") || read.Fragment.Length > 0)
        {
            throw new CoordinatorOptionsException(
                $"{setting} says more than {Form}; leave out what stands behind the database (TLS is always checked as sslmode=verify-full does, "
                    + "but for a server on this machine).");
        }

        if (ca is not null && !File.Exists(ca))
        {
            throw new CoordinatorOptionsException($"store.ca is '{ca}', which is no file; name a PEM file with certificates of authorities.");
        }

        int port = read.Port > 0 ? read.Port : StandardPort;
        return new PostgresOptions(read.Host.Trim('[', ']'), port, database, Uri.UnescapeDataString(credentials[0]))
        {
            Password = passwordFile is not null ? PasswordOf(passwordFile) : credentials.Length > 1 ? Uri.UnescapeDataString(credentials[1]) : null,
            Ca = ca,
        };
    }

    /// <summary>Whether a URL holds a password.</summary>
    public static bool HoldsPassword([NotNullWhen(true)] string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out Uri? read) && read.UserInfo.Contains(':', StringComparison.Ordinal);

    /// <summary>With other times, or bodies in another place; null: as it is.</summary>
    /// <exception cref="CoordinatorOptionsException">The lease is shorter or longer than allowed.</exception>
    public PostgresOptions With(TimeSpan? lease = null, TimeSpan? startTimeout = null, bool? keepsBodies = null, S3Options? s3 = null) =>
        lease is { } time && (time < TimeSpan.FromSeconds(3) || time > TimeSpan.FromMinutes(1))
            ? throw new CoordinatorOptionsException($"store.lease is {time}; it must be between 3 s and 1 min.")
            : new PostgresOptions(Host, Port, Database, User)
            {
                Password = Password,
                Ca = Ca,
                Lease = lease ?? Lease,
                StartTimeout = startTimeout ?? StartTimeout,
                KeepsBodies = keepsBodies ?? KeepsBodies,
                S3 = s3 ?? S3,
            };

    public override string ToString() => FormattableString.Invariant($"PostgreSQL database '{Database}' at {Host}:{Port}");

    private static string PasswordOf(string file)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault() is { Length: > 0 } password
                ? password
                : throw new CoordinatorOptionsException($"store.passwordFile is '{file}', whose first line is empty; it must be the password.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CoordinatorOptionsException(
                $"store.passwordFile is '{file}', which cannot be read ({unreadable.Message.TrimEnd('.')}); its first line must be the password.",
                unreadable);
        }
    }
}
