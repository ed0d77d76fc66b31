using System.Net;
using System.Net.Sockets;
using Dapper;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using Npgsql;

namespace EdgeFlora.Coordinator.Diagnosis;

/// <summary>Looks step by step whether a service can work on a PostgreSQL database. Leaves nothing there.</summary>
/// <remarks>
/// Methods that speak to the database throw <see cref="StoreUnavailableException"/>: what is wrong, and behind the last semicolon what mends it.
/// </remarks>
public sealed class StoreDiagnosis(PostgresOptions options, TimeProvider clock)
{
    private const string Session = "edgeflora doctor";

    /// <summary>Trips of which the middle one counts.</summary>
    private const int Trips = 5;

    /// <summary>Where the database is.</summary>
    public PostgresOptions Options => options;

    /// <summary>Whether the same may work later: the server is away, starts or stops.</summary>
    public static bool IsOutage(StoreUnavailableException failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return failure.InnerException is { } cause && PostgresFailures.IsOutage(cause);
    }

    /// <summary>Resolves the server's name and connects to its port.</summary>
    /// <returns>The address that answers.</returns>
    /// <exception cref="SocketException">It has no address, or nothing answers there.</exception>
    public async Task<EndPoint> ConnectAsync(CancellationToken stop)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(options.Host, options.Port, stop);
        return socket.RemoteEndPoint!;
    }

    /// <summary>Logs in, over TLS where the server is another machine, and asks what the server is.</summary>
    public Task<StoreServer> LogInAsync(CancellationToken stop) => AskAsync(
        async connection =>
        {
            // Behind a pooler the second statement may come to another process of the server, and the name is that of whoever was there first.
            const string Process = "SELECT pg_backend_pid() || ' ' || current_setting('application_name')";
            string first = (await connection.ExecuteScalarAsync<string>(Process))!;
            string second = (await connection.ExecuteScalarAsync<string>(Process))!;
            return new StoreServer(
                connection.PostgreSqlVersion,
                (await connection.ExecuteScalarAsync<string>("SHOW server_encoding"))!,
                await connection.ExecuteScalarAsync<bool>(
                    "SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool"),
                first != second || !first.EndsWith(Session, StringComparison.Ordinal));
        },
        stop);

    /// <summary>Asks for the rights that a service needs, and tries to make a table, which it takes back.</summary>
    public Task<IReadOnlyList<MissingRight>> MissingRightsAsync(CancellationToken stop) => AskAsync<IReadOnlyList<MissingRight>>(
        async connection =>
        {
            var missing = new List<MissingRight>();
            string? schema = await connection.ExecuteScalarAsync<string?>("SELECT current_schema()::text");
            if (schema is null)
            {
                return [new("find a schema: none of its search_path is there", $"CREATE SCHEMA public AUTHORIZATION {options.User}")];
            }

            if (!await connection.ExecuteScalarAsync<bool>("SELECT has_schema_privilege(@schema, 'CREATE')", new { schema }))
            {
                missing.Add(new(
                    $"make tables in schema {schema}",
                    $"ALTER DATABASE {options.Database} OWNER TO {options.User}; GRANT USAGE, CREATE ON SCHEMA {schema} TO {options.User}"));
            }

            (string Owner, string Table)[] others =
            [
                .. await connection.QueryAsync<(string, string)>(
                    """
                    SELECT pg_get_userbyid(relowner)::text, format('%I.%I', relnamespace::regnamespace, relname) FROM pg_class
                    WHERE relnamespace = @schema::regnamespace AND relkind = 'r' AND NOT pg_has_role(relowner, 'USAGE') ORDER BY 2
                    """,
                    new { schema }),
            ];
            if (others.Length > 0)
            {
                missing.Add(new(
                    $"change the tables that belong to {string.Join(", ", others.Select(other => other.Owner).Distinct())}",
                    string.Join("; ", others.Select(other => $"ALTER TABLE {other.Table} OWNER TO {options.User}"))));
            }

            foreach (string function in (string[])["pg_control_system()", "pg_control_checkpoint()"])
            {
                if (!await connection.ExecuteScalarAsync<bool>("SELECT has_function_privilege(@function, 'EXECUTE')", new { function }))
                {
                    missing.Add(new($"call {function}", $"GRANT EXECUTE ON FUNCTION {function} TO {options.User}"));
                }
            }

            return missing;
        },
        stop);

    /// <summary>Asks who leads, and takes nothing from them.</summary>
    /// <returns>Null: nobody has ever led on this database.</returns>
    public Task<StoreLeaseState?> LeaseAsync(CancellationToken stop) => AskAsync(
        connection => Task.FromResult(
            LeaseRow.Read(connection) is { } row ? new StoreLeaseState(row.Holder, row.Term, row is { IsOver: false, IsReleased: false }) : null),
        stop);

    /// <summary>Writes and reads in a table that is taken back, a few times.</summary>
    /// <returns>How long the database took to answer once, the middle one of all.</returns>
    public Task<TimeSpan> RoundTripAsync(CancellationToken stop) => AskAsync(
        async connection =>
        {
            await using NpgsqlTransaction taken = await connection.BeginTransactionAsync(stop);
            string table = FormattableString.Invariant($"edgeflora_doctor_{connection.ProcessID}");
            await connection.ExecuteAsync($"CREATE TABLE {table}(value BIGINT NOT NULL)", transaction: taken);
            var times = new List<TimeSpan>();
            for (long value = 1; value <= Trips; value++)
            {
                long began = clock.GetTimestamp();
                long read = await connection.ExecuteScalarAsync<long>(
                    $"INSERT INTO {table}(value) VALUES(@value) RETURNING value", new { value }, taken);
                times.Add(clock.GetElapsedTime(began));
                if (read != value)
                {
                    throw new StoreUnavailableException($"{options}: it gave back {read} where {value} was written; look whether its disk is sound.");
                }
            }

            await taken.RollbackAsync(stop);
            times.Sort();
            return times[Trips / 2];
        },
        stop);

    private async Task<T> AskAsync<T>(Func<NpgsqlConnection, Task<T>> question, CancellationToken stop)
    {
        NpgsqlConnectionStringBuilder place = PostgresDatabase.Place(options, Session);
        place.Pooling = false;
        try
        {
            await using var connection = new NpgsqlConnection(place.ConnectionString);
            await connection.OpenAsync(stop);
            return await question(connection);
        }
        catch (NpgsqlException failure)
        {
            throw PostgresFailures.Describe(failure, options);
        }
    }
}
