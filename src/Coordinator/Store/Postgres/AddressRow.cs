using Dapper;
using EdgeFlora.Coordinator.Replicas;
using Npgsql;

namespace EdgeFlora.Coordinator.Store.Postgres;

/// <summary>
/// Where the replica that leads is reached, beside the row of the lease, which builds know that know nothing of addresses. Like that one's, the
/// table is the same for all versions.
/// </summary>
internal static class AddressRow
{
    /// <summary>Makes the table; under the lock of writers.</summary>
    public const string Table =
        """
        CREATE TABLE IF NOT EXISTS service_address(
            one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK(one), term BIGINT NOT NULL, url TEXT NOT NULL, certificate TEXT, secret TEXT NOT NULL);
        """;

    /// <summary>Null: the leader of the term has not said so.</summary>
    public static ReplicaAddress? Read(NpgsqlConnection connection, long term)
    {
        if (!connection.ExecuteScalar<bool>("SELECT to_regclass('service_address') IS NOT NULL"))
        {
            return null;
        }

        (string? url, string? certificate, string secret) = connection.QuerySingleOrDefault<(string?, string?, string)>(
            "SELECT url, certificate, secret FROM service_address WHERE term = @term", new { term });
        return Uri.TryCreate(url, UriKind.Absolute, out Uri? reached) ? new ReplicaAddress(reached, certificate, secret) : null;
    }

    /// <summary>Nothing where another leads by now.</summary>
    public static int Write(NpgsqlConnection connection, ReplicaAddress address, long term) => connection.Execute(
        """
        INSERT INTO service_address(term, url, certificate, secret)
        SELECT @term, @url, @Fingerprint, @Secret FROM service_lease WHERE term = @term
        ON CONFLICT(one) DO UPDATE SET term = EXCLUDED.term, url = EXCLUDED.url, certificate = EXCLUDED.certificate, secret = EXCLUDED.secret
            WHERE service_address.term <= EXCLUDED.term
        """,
        new { term, url = address.Url.ToString(), address.Fingerprint, address.Secret });
}
