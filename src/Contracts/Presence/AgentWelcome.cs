namespace EdgeFlora.Contracts.Presence;

/// <summary>The agent is known and may expect tasks (coordinator → agent).</summary>
public sealed record AgentWelcome
{
    public required MessageHeader Header { get; init; }

    /// <summary>Boot id of the process that is welcomed. Since version 5.</summary>
    public Guid Boot { get; init; }

    /// <summary>Where heartbeats are sent. Since version 5.</summary>
    public string Presence { get; init; } = Queues.Presence;

    /// <summary>Milliseconds between heartbeats.</summary>
    public required int HeartbeatMs { get; init; }

    /// <summary>Milliseconds of silence after which a lease ends.</summary>
    public required int GraceMs { get; init; }

    /// <summary>Contract version both will speak.</summary>
    public required int ServerContract { get; init; }
}

/// <summary>A later process of the same installation has taken this one's place (coordinator → agent): it ends. Since version 5.</summary>
public sealed record AgentSuperseded
{
    public required MessageHeader Header { get; init; }

    /// <summary>Boot id of the process that ends.</summary>
    public required Guid Boot { get; init; }
}

/// <summary>The agent cannot take part (coordinator → agent); it stops with <see cref="Human"/> and <see cref="Fix"/>.</summary>
public sealed record AgentRefused
{
    public required MessageHeader Header { get; init; }

    public required RefusalCode Code { get; init; }

    /// <summary>What is wrong, in a sentence.</summary>
    public required string Human { get; init; }

    /// <summary>What to do about it, in a sentence.</summary>
    public required string Fix { get; init; }

    /// <summary>
    /// Boot id of the process that is refused: two processes of one name share a queue. Without it the refusal is for nobody.
    /// </summary>
    public Guid? RefusedBoot { get; init; }
}

/// <summary>Why an agent cannot take part.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<RefusalCode>))]
public enum RefusalCode
{
    /// <summary>No contract version in common.</summary>
    Contract,

    /// <summary>It lacks the run's base model, or has other weights under that name.</summary>
    NoBase,

    /// <summary>It has no data for the run's task.</summary>
    NoData,

    /// <summary>Too many bad updates; an operator must lift this.</summary>
    Quarantined,

    /// <summary>The name is not allowed or the identity does not prove it.</summary>
    Unauthorized,

    /// <summary>Another live process uses this agent's name.</summary>
    NameInUse,
}
