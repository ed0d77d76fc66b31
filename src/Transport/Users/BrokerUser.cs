namespace EdgeFlora.Transport.Users;

/// <summary>A user as a broker has it.</summary>
/// <param name="PasswordHash">See <see cref="Users.PasswordHash"/>; empty: it has no password.</param>
/// <param name="Rights">What it may do on the virtual host that was asked about; null: it is not let in there.</param>
/// <param name="HasTags">Whether it may use the management API, more or less.</param>
public sealed record BrokerUser(string Name, string PasswordHash, UserRights? Rights, bool HasTags);
