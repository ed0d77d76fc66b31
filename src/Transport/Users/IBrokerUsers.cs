namespace EdgeFlora.Transport.Users;

/// <summary>Makes and ends users at a broker.</summary>
public interface IBrokerUsers
{
    /// <exception cref="BrokerUsersException">The broker could not be asked.</exception>
    Task<bool> ExistsAsync(string user, CancellationToken stop);

    /// <summary>All users whose names begin so.</summary>
    /// <exception cref="BrokerUsersException">The broker could not be asked.</exception>
    Task<IReadOnlyList<BrokerUser>> ListAsync(string prefix, CancellationToken stop);

    /// <summary>Makes a user, or gives one that is there this password; connections that it has stay.</summary>
    /// <param name="passwordHash">See <see cref="PasswordHash"/>.</param>
    /// <exception cref="BrokerUsersException">The broker did not do it.</exception>
    Task PutAsync(string user, string passwordHash, UserRights rights, CancellationToken stop);

    /// <summary>Ends a user and cuts its connections; one that is not there is as good as ended.</summary>
    /// <exception cref="BrokerUsersException">The broker did not do it.</exception>
    Task DeleteAsync(string user, CancellationToken stop);
}
