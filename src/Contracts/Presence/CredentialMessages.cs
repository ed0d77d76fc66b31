namespace EdgeFlora.Contracts.Presence;

/// <summary>
/// An enrolled agent asks that its user at the broker gets another password (agent → fleet). Sent again until answered. Since version 6.
/// </summary>
/// <remarks>It is heeded of that user alone, whom the broker proves.</remarks>
public sealed record CredentialChange
{
    public required MessageHeader Header { get; init; }

    /// <summary>Id of the state folder that enrolled: whoever has a password and not the folder can't change it.</summary>
    public required Guid Installation { get; init; }

    /// <summary>Queue on which the answer is awaited.</summary>
    public required string ReplyQueue { get; init; }

    /// <summary>RabbitMQ's salted hash of the new password; see <see cref="Api.EnrolmentRequest.PasswordHash"/>.</summary>
    public required string PasswordHash { get; init; }
}

/// <summary>What became of a <see cref="CredentialChange"/> (coordinator → agent). Since version 6.</summary>
public sealed record CredentialAnswer
{
    public required MessageHeader Header { get; init; }

    /// <summary>The hash that was asked for.</summary>
    public required string PasswordHash { get; init; }

    /// <summary>Why the password was not changed, in a sentence; null: the broker has the new one.</summary>
    public string? Refusal { get; init; }
}

/// <summary>The agent shall change its password soon (coordinator → agent). Since version 6.</summary>
public sealed record CredentialWanted
{
    public required MessageHeader Header { get; init; }
}
