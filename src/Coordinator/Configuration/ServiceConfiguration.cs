using EdgeFlora.Coordinator.Options;
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

    /// <summary>Version that agents should have.</summary>
    public string? AgentVersion { get; init; }

    /// <summary>The PostgreSQL database that replicas share.</summary>
    public string? Store { get; init; }

    /// <summary>File whose first line is the password of <see cref="Store"/>.</summary>
    public string? StorePasswordFile { get; init; }

    /// <summary>PEM file with the authorities that may have signed the certificate of <see cref="Store"/>.</summary>
    public string? StoreCa { get; init; }

    /// <summary>Where bodies are kept.</summary>
    public BodyPlace? StoreBodies { get; init; }

    /// <summary>How long a replica leads without a word of it in <see cref="Store"/>.</summary>
    public TimeSpan? StoreLease { get; init; }

    /// <summary>Longest that a start waits for <see cref="Store"/>.</summary>
    public TimeSpan? StoreTimeout { get; init; }

    /// <summary>Where S3 is spoken to.</summary>
    public string? S3Endpoint { get; init; }

    /// <summary>Region of the bucket.</summary>
    public string? S3Region { get; init; }

    /// <summary>Bucket for bodies.</summary>
    public string? S3Bucket { get; init; }

    /// <summary>What names of objects begin with.</summary>
    public string? S3Prefix { get; init; }

    /// <summary>Whether the bucket stands in the path of URLs.</summary>
    public bool? S3PathStyle { get; init; }

    /// <summary>PEM file with the authorities that may have signed the certificate of <see cref="S3Endpoint"/>.</summary>
    public string? S3Ca { get; init; }

    /// <summary>Id of the access key.</summary>
    public string? S3AccessKey { get; init; }

    /// <summary>File whose first line is the secret of <see cref="S3AccessKey"/>.</summary>
    public string? S3SecretKeyFile { get; init; }

    /// <summary>Longest that one step is tried again while S3 is away.</summary>
    public TimeSpan? S3Timeout { get; init; }

    /// <summary>Whether another machine may be spoken to without TLS.</summary>
    public bool? S3Unencrypted { get; init; }

    /// <summary>URL at which the API is served.</summary>
    public string? Listen { get; init; }

    /// <summary>URL at which other replicas reach the API.</summary>
    public string? ReplicaUrl { get; init; }

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
