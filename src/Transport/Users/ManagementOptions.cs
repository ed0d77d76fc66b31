using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Transport.Users;

/// <summary>Where RabbitMQ's management API is, and who asks it.</summary>
public sealed record ManagementOptions
{
    /// <summary><c>http[s]://host:port</c>, without user and path. Over https, or on this machine.</summary>
    public required Uri Url { get; init; }

    /// <summary>A user of the broker with the tag <c>administrator</c>; null: that of <see cref="Broker"/>.</summary>
    public string? User { get; init; }

    /// <summary>A file whose first line is the password of <see cref="User"/>; null: that of <see cref="Broker"/>.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>The broker that it manages: its virtual host, its authorities.</summary>
    public required BrokerOptions Broker { get; init; }

    /// <summary>What cannot be used, a line each, under the names of the service's configuration.</summary>
    public IEnumerable<string> Problems()
    {
        if (Url.Scheme is not ("http" or "https") || Url.UserInfo.Length > 0 || Url.PathAndQuery != "/")
        {
            yield return "broker.management must be http[s]://HOST:PORT of RabbitMQ's management API, without user, path or query";
        }
        else if (Url.Scheme == "http" && !Url.IsLoopback)
        {
            yield return $"broker.management is '{Url}'; beyond this machine it must be https://, "
                + "or everybody on the way could read an administrator's password";
        }

        if (User is null != PasswordFile is null)
        {
            yield return User is null
                ? "broker.managementPasswordFile is given without broker.managementUser; give both, or neither"
                : "broker.managementUser is given without broker.managementPasswordFile; give both, or neither";
        }

        if (PasswordFile is not null && !File.Exists(PasswordFile))
        {
            yield return $"broker.managementPasswordFile is '{PasswordFile}', which is no file; give a file whose first line is the password";
        }
    }
}
