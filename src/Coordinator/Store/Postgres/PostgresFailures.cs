using System.Net.Sockets;
using System.Security.Authentication;
using EdgeFlora.Coordinator.Options;
using Npgsql;

namespace EdgeFlora.Coordinator.Store.Postgres;

/// <summary>Tells a database that is away from one that refuses, and says what mends it.</summary>
internal static class PostgresFailures
{
    private const string IdleInTransaction = "25P03";
    private const string TransactionTooLong = "25P04";
    private const string IdleSession = "57P05";

    /// <summary>Whether the same may work later: no connection, or the server breaks off, recovers, or gives way to another.</summary>
    public static bool IsOutage(Exception failure) => failure switch
    {
        PostgresException refused => refused.SqlState is
            PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
                or PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.LockNotAvailable
                or PostgresErrorCodes.QueryCanceled or IdleInTransaction or TransactionTooLong or IdleSession or PostgresErrorCodes.DiskFull
                or PostgresErrorCodes.InsufficientResources or PostgresErrorCodes.OutOfMemory or PostgresErrorCodes.IoError
                or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure
            || refused.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException { InnerException: AuthenticationException } => false,
        NpgsqlException broken => broken.IsTransient || broken.InnerException is IOException or SocketException or TimeoutException,
        _ => false,
    };

    /// <summary>What is wrong and what would help; never a password.</summary>
    public static StoreUnavailableException Describe(Exception failure, PostgresOptions options)
    {
        string mend = failure is PostgresException refused ? Refused(refused, options)
            : failure.InnerException is AuthenticationException tls
                ? $"its certificate is not accepted ({tls.Message.TrimEnd('.')}); it must be for '{options.Host}' and signed by an authority "
                    + "that the system trusts or store.ca names"
            : failure.Message.Contains("password", StringComparison.OrdinalIgnoreCase)
                ? $"it asks for the password of '{options.User}'; name a file with store.passwordFile or EDGEFLORA_STORE_PASSWORD_FILE"
            : failure.Message.Contains("SSL", StringComparison.Ordinal)
                ? $"it does not speak TLS ({failure.Message.TrimEnd('.')}); turn it on there (ssl = on): only a server on this machine is spoken to "
                    + "without it"
            : $"it cannot be reached ({(failure.InnerException ?? failure).Message.TrimEnd('.')}); see that it runs, and that --store names it";
        return new StoreUnavailableException($"{options}: {mend}.", failure);
    }

    private static string Refused(PostgresException refused, PostgresOptions options) => refused.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword =>
            $"it refuses the password of user '{options.User}'; correct it in the file that store.passwordFile or EDGEFLORA_STORE_PASSWORD_FILE "
                + "names",
        PostgresErrorCodes.InvalidAuthorizationSpecification =>
            $"it does not let user '{options.User}' in ({refused.MessageText}); allow it in pg_hba.conf, or name another user",
        PostgresErrorCodes.InvalidCatalogName =>
            $"there is no such database; make it: createdb --owner={options.User} {options.Database}",
        PostgresErrorCodes.InsufficientPrivilege =>
            $"user '{options.User}' lacks a right ({refused.MessageText}); make it the owner: ALTER DATABASE {options.Database} OWNER TO "
                + options.User,
        PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.UndefinedColumn =>
            $"it holds tables of something else ({refused.MessageText}); give EdgeFlora a database of its own",
        _ => $"it answers: {refused.MessageText} ({refused.SqlState})",
    };
}
