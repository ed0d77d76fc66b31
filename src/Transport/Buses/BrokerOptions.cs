using EdgeFlora.Contracts;
using Microsoft.Extensions.Options;

namespace EdgeFlora.Transport.Buses;

/// <summary>Where the broker is, how it and we prove who we are, and how patiently it is spoken to. Section <c>Broker</c>.</summary>
public sealed record BrokerOptions
{
    public const string Section = "Broker";

    /// <summary>
    /// <c>amqp[s]://user:password@host:port/vhost</c>; null or empty (the default): in memory, within this process. Special characters of user,
    /// password and virtual host are percent-encoded.
    /// </summary>
    public string? Url { get; init; }

    /// <summary>
    /// A file whose first line is the password, so that it need not stand in <see cref="Url"/>; null (the default): the URL's, or <c>guest</c>.
    /// </summary>
    public string? PasswordFile { get; init; }

    /// <summary>
    /// A PEM file with the certificate authorities that may have signed the broker's certificate; null (the default): those the system trusts. With
    /// it no others are trusted.
    /// </summary>
    public string? Ca { get; init; }

    /// <summary>The name that the broker's certificate must bear; null (the default): the URL's host.</summary>
    public string? ServerName { get; init; }

    /// <summary>
    /// A PEM file with our own certificate, for brokers that ask for one; it proves the user (EXTERNAL) if no password is given. Null (the default):
    /// none.
    /// </summary>
    public string? ClientCertificate { get; init; }

    /// <summary>A PEM file with the key of <see cref="ClientCertificate"/>; null: it is in the same file.</summary>
    public string? ClientKey { get; init; }

    /// <summary>Longest a start waits for the broker; 1 s … 10 min. Default 30 s, enough for a broker that is just starting.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Interval of AMQP heartbeats, which tell a dead link from a quiet one; 2 s … 5 min. Default 20 s.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Whether messages stay in this process.</summary>
    public bool InMemory => string.IsNullOrWhiteSpace(Url);

    /// <summary>
    /// The user by which the broker knows us; null: there is no broker, or our certificate says who we are and is none of an enrolled agent's.
    /// </summary>
    public string? User => InMemory || !BrokerAddress.TryParse(Url!, out BrokerAddress? address, out _) ? null
        : ClientCertificate is not null && !address.NamesUser ? AgentOfCertificate
        : address.User;

    /// <summary>
    /// By its common name, which is that of an enrolled agent's user: no other is ever relied upon, for a broker may know its users by more of a
    /// certificate.
    /// </summary>
    private string? AgentOfCertificate
    {
        get
        {
            try
            {
                return OwnCertificate.Read(ClientCertificate!, ClientKey).CommonName is { } name
                    && name.StartsWith(AgentUser.Prefix, StringComparison.Ordinal)
                    ? name
                    : null;
            }
            catch (InvalidDataException)
            {
                // Told where the options are checked.
                return null;
            }
        }
    }

    /// <summary>Whether our certificate proves who we are, in place of a password.</summary>
    internal bool IsProvedByCertificate => ClientCertificate is not null && PasswordFile is null
        && (!BrokerAddress.TryParse(Url ?? "", out BrokerAddress? address, out _) || address.Password is null);

    /// <summary>The virtual host; null: there is no broker.</summary>
    public string? VirtualHost => !InMemory && BrokerAddress.TryParse(Url!, out BrokerAddress? address, out _) ? address.VirtualHost : null;

    /// <summary>Host, port, virtual host and credentials.</summary>
    /// <exception cref="OptionsValidationException">A setting is not allowed; one line each, without the password.</exception>
    internal BrokerAddress Address()
    {
        Validate();
        return BrokerAddress.TryParse(Url!, out BrokerAddress? address, out _)
            ? PasswordFile is null ? address : address with { Password = BrokerSecrets.Password(PasswordFile) }
            : throw new InvalidOperationException("The address was valid a moment ago.");
    }

    /// <exception cref="OptionsValidationException">A setting is not allowed; one line each, without the password.</exception>
    public void Validate()
    {
        string[] failures = [.. AddressProblems(), .. BrokerSecrets.Problems(this), .. TimeProblems()];
        if (failures.Length > 0)
        {
            throw new OptionsValidationException(Section, typeof(BrokerOptions), failures);
        }
    }

    private IEnumerable<string> AddressProblems()
    {
        if (InMemory)
        {
            yield break;
        }

        if (!BrokerAddress.TryParse(Url!, out BrokerAddress? address, out string? wrong))
        {
            yield return $"{Section}:{nameof(Url)} {wrong}";
            yield break;
        }

        if (PasswordFile is not null && address.Password is not null)
        {
            yield return $"{Section}:{nameof(PasswordFile)} is '{PasswordFile}', but {Section}:{nameof(Url)} holds a password too; leave out one of "
                + "them.";
        }

        (string Name, string? Value)[] forTls = [(nameof(Ca), Ca), (nameof(ServerName), ServerName), (nameof(ClientCertificate), ClientCertificate)];
        foreach ((string name, string? value) in forTls.Where(setting => setting.Value is not null && !address.Tls))
        {
            yield return $"{Section}:{name} is '{value}', but {Section}:{nameof(Url)} begins with amqp://, which is not encrypted; write amqps://.";
        }
    }

    private IEnumerable<string> TimeProblems()
    {
        if (ConnectTimeout < TimeSpan.FromSeconds(1) || ConnectTimeout > TimeSpan.FromMinutes(10))
        {
            yield return $"{Section}:{nameof(ConnectTimeout)} is {ConnectTimeout}; it must be between 00:00:01 and 00:10:00.";
        }

        if (Heartbeat < TimeSpan.FromSeconds(2) || Heartbeat > TimeSpan.FromMinutes(5))
        {
            yield return $"{Section}:{nameof(Heartbeat)} is {Heartbeat}; it must be between 00:00:02 and 00:05:00.";
        }
    }
}
