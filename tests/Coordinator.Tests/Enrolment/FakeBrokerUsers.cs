using EdgeFlora.Transport.Users;

namespace EdgeFlora.Coordinator.Tests.Enrolment;

/// <summary>A broker's users in memory.</summary>
internal sealed class FakeBrokerUsers : IBrokerUsers
{
    public Dictionary<string, (string Hash, UserRights? Rights)> Users { get; } = [];

    /// <summary>How often a user was made or given a password.</summary>
    public int Puts { get; private set; }

    /// <summary>Waited for before a user is made or given a password.</summary>
    public Func<Task> BeforePut { get; set; } = static () => Task.CompletedTask;

    /// <summary>Whether the broker does nothing that it is asked.</summary>
    public bool IsDown { get; set; }

    public Task<bool> ExistsAsync(string user, CancellationToken stop) => Do(() => Users.ContainsKey(user));

    public Task<IReadOnlyList<BrokerUser>> ListAsync(string prefix, CancellationToken stop) => IsDown
        ? Task.FromException<IReadOnlyList<BrokerUser>>(new BrokerUsersException("it does not answer."))
        : Task.FromResult<IReadOnlyList<BrokerUser>>(
        [
            .. Users.Where(user => user.Key.StartsWith(prefix, StringComparison.Ordinal))
                .Select(user => new BrokerUser(user.Key, user.Value.Hash, user.Value.Rights, HasTags: false)),
        ]);

    public async Task PutAsync(string user, string passwordHash, UserRights rights, CancellationToken stop)
    {
        await BeforePut();
        await Do(() =>
        {
            Puts++;
            Users[user] = (passwordHash, rights);
            return true;
        });
    }

    public Task DeleteAsync(string user, CancellationToken stop) => Do(() => Users.Remove(user));

    /// <summary>How often it has not done what it was asked.</summary>
    public int Refused { get; private set; }

    private Task<bool> Do(Func<bool> act)
    {
        Refused += IsDown ? 1 : 0;
        return IsDown ? Task.FromException<bool>(new BrokerUsersException("it does not answer.")) : Task.FromResult(act());
    }
}
