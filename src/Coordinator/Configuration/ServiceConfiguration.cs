using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Coordinator.Configuration;

/// <summary>What a service's configuration file says; null where it says nothing. Paths are as written, relative to the file's folder.</summary>
public sealed record ServiceConfiguration
{
    /// <summary>Whether it serves trials on one machine: loopback only, no TLS, no tokens.</summary>
    public bool? Dev { get; init; }

    /// <summary>Folder of the service's state.</summary>
    public string? State { get; init; }

    /// <summary>Folders of base models, or folders that hold some.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Runs that work at the same time, 1 … 1000.</summary>
    public int? MaxActiveRuns { get; init; }

    /// <summary>Interval of agents' heartbeats, 50 ms … 10 minutes.</summary>
    public TimeSpan? Heartbeat { get; init; }

    /// <summary>URL at which the API is served.</summary>
    public string? Listen { get; init; }

    /// <summary>Certificate chain, PEM.</summary>
    public string? Certificate { get; init; }

    /// <summary>Private key of <see cref="Certificate"/>, PEM.</summary>
    public string? Key { get; init; }

    /// <summary>Names and addresses of this machine that a self-made certificate is for.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Requests a second that one token may make.</summary>
    public int? RequestsPerSecond { get; init; }

    /// <summary>Whether only enrolled agents are let in.</summary>
    public bool? RequiresEnrolment { get; init; }

    /// <summary>RabbitMQ's management API.</summary>
    public string? Management { get; init; }

    /// <summary>Administrator for <see cref="Management"/>.</summary>
    public string? ManagementUser { get; init; }

    /// <summary>File whose first line is the password of <see cref="ManagementUser"/>.</summary>
    public string? ManagementPasswordFile { get; init; }

    /// <summary>The broker as agents reach it.</summary>
    public string? BrokerForAgents { get; init; }

    /// <summary>Where the broker is; settings that the file leaves out are the usual ones.</summary>
    public BrokerOptions Broker { get; init; } = new();
}
