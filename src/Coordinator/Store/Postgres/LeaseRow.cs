using Dapper;
using Npgsql;

namespace EdgeFlora.Coordinator.Store.Postgres;

/// <summary>
/// Who leads, as the database knows it. Its table is the same for all versions, so that replicas of two versions understand each other.
/// </summary>
/// <param name="Service">Id of the service.</param>
/// <param name="Session">Marks the leader's connections.</param>
/// <param name="HasConnection">Whether the leader is connected to the database, or it cannot be told.</param>
/// <param name="IsLapsed">Whether it was not renewed in time, by the database's clock.</param>
/// <param name="IsReleased">Whether the leader let go of it.</param>
internal sealed record LeaseRow(string Service, string Holder, string Session, long Term, bool HasConnection, bool IsLapsed, bool IsReleased)
{
    /// <summary>Makes the table; under the lock of writers.</summary>
    public const string Table =
        """
        CREATE TABLE IF NOT EXISTS service_lease(
            one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK(one), service TEXT NOT NULL, holder TEXT NOT NULL, session TEXT NOT NULL,
            role TEXT NOT NULL, term BIGINT NOT NULL, expires_at TIMESTAMPTZ);
        """;

    /// <summary>The server shows a role's connections to that role alone.</summary>
    private const string Columns =
        """
        service, holder, session, term,
        role <> CURRENT_USER OR EXISTS(SELECT FROM pg_stat_activity WHERE application_name = session) AS hasconnection,
        COALESCE(expires_at < clock_timestamp(), TRUE) AS islapsed, expires_at IS NULL AS isreleased FROM service_lease
        """;

    /// <summary>Null: nobody has ever led.</summary>
    public static LeaseRow? Read(NpgsqlConnection connection) =>
        connection.ExecuteScalar<bool>("SELECT to_regclass('service_lease') IS NOT NULL")
            ? connection.QuerySingleOrDefault<LeaseRow>($"SELECT {Columns}")
            : null;

    /// <summary>Whether nobody leads by it any more; who held it may not know yet.</summary>
    public bool IsOver => IsLapsed || !HasConnection;

    /// <summary>Reads the row and keeps it as it is until the transaction ends.</summary>
    public static LeaseRow? Hold(NpgsqlConnection connection, NpgsqlTransaction transaction) =>
        connection.QuerySingleOrDefault<LeaseRow>($"SELECT {Columns} FOR UPDATE", transaction: transaction);
}
