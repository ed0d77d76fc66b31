using System.Text.Json.Serialization;

namespace EdgeFlora.Coordinator.Enrolment;

/// <summary>An agent with a user of its own at the broker, as it is kept.</summary>
internal sealed record EnrolledAgent
{
    public required string Name { get; init; }

    /// <summary>Id of the state folder that enrolled.</summary>
    public required Guid Installation { get; init; }

    public required DateTimeOffset EnrolledAt { get; init; }

    /// <summary>Labels that its token gave it.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public required string Platform { get; init; }

    public required string Version { get; init; }

    /// <summary>
    /// The broker's salted hash of its password, by which its user is made again where the broker has lost it; empty: it has no password, and
    /// proves itself by a certificate. Null: a service of before this one enrolled it.
    /// </summary>
    public string? PasswordHash { get; init; }

    /// <summary>
    /// Hash of the password that a change under way gives it, noted before the broker is asked; null: none is under way. The agent keeps that
    /// password from before it asks until it has another, so its user may have this hash at any time. The old password it may have forgotten.
    /// </summary>
    public string? NextHash { get; init; }

    /// <summary>Whether an operator wants its password changed and it has not been yet.</summary>
    public bool RotationWanted { get; init; }

    public EnrolmentState State { get; init; }

    /// <summary>Whether its user counts.</summary>
    public bool IsActive => State == EnrolmentState.Active;

    /// <summary>The hash with which its user is made again: of the newest password that it has.</summary>
    [JsonIgnore]
    public string? NewestHash => NextHash ?? PasswordHash;

    /// <summary>As it is once the change of its password is done.</summary>
    public EnrolledAgent Changed() => NextHash is null ? this : this with { PasswordHash = NextHash, NextHash = null, RotationWanted = false };
}

/// <summary>How far an enrolment is. Stored as a number.</summary>
internal enum EnrolmentState
{
    /// <summary>Its user is being made. A service that ends meanwhile leaves it so, and the agent enrols again.</summary>
    Pending = 0,

    Active = 1,

    /// <summary>Its user no longer counts, whether the broker has already ended it or not.</summary>
    Revoked = 2,
}
