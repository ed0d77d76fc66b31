namespace EdgeFlora.Contracts.Api;

/// <summary>A device asks to become an agent.</summary>
public sealed record EnrolmentRequest
{
    /// <summary>Name of the agent: 1 … 64 of <c>a-z 0-9 -</c>.</summary>
    public required string Agent { get; init; }

    /// <summary>Id of its state folder.</summary>
    public required Guid InstallationId { get; init; }

    /// <summary>
    /// RabbitMQ's salted hash of the password that the device made: base64 of a salt of 4 bytes and the SHA-256 of salt and password.
    /// The password itself never leaves the device. Empty: it has none, and proves itself by a certificate whose common name is that of its user,
    /// <c>edgeflora-agent-NAME</c>.
    /// </summary>
    public required string PasswordHash { get; init; }

    /// <summary>Operating system and processor: <c>linux-x64</c>; up to 100 characters.</summary>
    public required string Platform { get; init; }

    /// <summary>Version of the agent program; up to 100 characters.</summary>
    public required string Version { get; init; }
}

/// <summary>What an enrolled agent needs to know.</summary>
public sealed record EnrolmentAnswer
{
    public required string Agent { get; init; }

    /// <summary>The broker with the agent's user, without its password: <c>amqps://edgeflora-agent-NAME@host:5671/vhost</c>.</summary>
    public required string Broker { get; init; }

    /// <summary>Authorities that may have signed the broker's certificate, PEM; absent: those the agent's system trusts.</summary>
    public string? BrokerCa { get; init; }

    /// <summary>Name that the broker's certificate must bear; absent: the address's host.</summary>
    public string? BrokerServerName { get; init; }

    /// <summary>Labels that the token gave it.</summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>
    /// Commands that the broker's operator has to run before the agent can connect; empty where the service has made the user itself.
    /// </summary>
    public required IReadOnlyList<string> Commands { get; init; }
}
