using Microsoft.Extensions.Options;

namespace EdgeFlora.Transport.Buses;

/// <summary>Where the broker is and how patiently it is spoken to. Section <c>Broker</c>.</summary>
public sealed class BrokerOptions
{
    public const string Section = "Broker";

    /// <summary><c>amqp[s]://user:password@host:port/vhost</c>; null or empty (the default): in memory, within this process. Special characters of user, password and virtual host are percent-encoded.</summary>
    public string? Url { get; init; }

    /// <summary>Longest a start waits for the broker; 1 s … 10 min. Default 30 s, enough for a broker that is just starting.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Interval of AMQP heartbeats, which tell a dead link from a quiet one; 5 s … 5 min. Default 20 s.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Whether messages stay in this process.</summary>
    public bool InMemory => string.IsNullOrWhiteSpace(Url);

    /// <summary>Host, port, virtual host and credentials of <see cref="Url"/>.</summary>
    /// <exception cref="OptionsValidationException">A setting is not allowed; one line each, without the password.</exception>
    internal BrokerAddress Address()
    {
        Validate();
        return BrokerAddress.TryParse(Url!, out BrokerAddress? address, out _)
            ? address
            : throw new InvalidOperationException("The address was valid a moment ago.");
    }

    /// <exception cref="OptionsValidationException">A setting is not allowed; one line each, without the password.</exception>
    public void Validate()
    {
        List<string> failures = [];
        if (!InMemory && !BrokerAddress.TryParse(Url!, out _, out string? wrong))
        {
            failures.Add($"{Section}:{nameof(Url)} {wrong}");
        }

        if (ConnectTimeout < TimeSpan.FromSeconds(1) || ConnectTimeout > TimeSpan.FromMinutes(10))
        {
            failures.Add($"{Section}:{nameof(ConnectTimeout)} is {ConnectTimeout}; it must be between 00:00:01 and 00:10:00.");
        }

        if (Heartbeat < TimeSpan.FromSeconds(5) || Heartbeat > TimeSpan.FromMinutes(5))
        {
            failures.Add($"{Section}:{nameof(Heartbeat)} is {Heartbeat}; it must be between 00:00:05 and 00:05:00.");
        }

        if (failures.Count > 0)
        {
            throw new OptionsValidationException(Section, typeof(BrokerOptions), failures);
        }
    }
}
