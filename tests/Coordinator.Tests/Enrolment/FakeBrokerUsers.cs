using EdgeFlora.Transport.Users;

namespace EdgeFlora.Coordinator.Tests.Enrolment;

/// <summary>A broker's users in memory.</summary>
internal sealed class FakeBrokerUsers : IBrokerUsers
{
    public Dictionary<string, (string Hash, UserRights Rights)> Users { get; } = [];

    /// <summary>Whether the broker does nothing that it is asked.</summary>
    public bool IsDown { get; set; }

    public Task<bool> ExistsAsync(string user, CancellationToken stop) => Do(() => Users.ContainsKey(user));

    public Task PutAsync(string user, string passwordHash, UserRights rights, CancellationToken stop) => Do(() =>
        (Users[user] = (passwordHash, rights)) == Users[user]);

    public Task DeleteAsync(string user, CancellationToken stop) => Do(() => Users.Remove(user));

    private Task<bool> Do(Func<bool> act) =>
        IsDown ? Task.FromException<bool>(new BrokerUsersException("it does not answer.")) : Task.FromResult(act());
}
