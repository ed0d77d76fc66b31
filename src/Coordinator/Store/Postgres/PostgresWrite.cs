using Dapper;
using Npgsql;

namespace EdgeFlora.Coordinator.Store.Postgres;

/// <summary>A transaction whose commit is certain: one of whose end the connection did not tell is asked for by its number.</summary>
internal sealed class PostgresWrite(PostgresStoreConnection connection, NpgsqlTransaction transaction) : StoreWrite(transaction)
{
    private readonly int process = transaction.Connection!.ProcessID;
    private bool isGivenUp;

    public override void Commit()
    {
        string? id = transaction.Connection!.ExecuteScalar<string?>("SELECT pg_current_xact_id_if_assigned()::text", transaction: transaction);
        try
        {
            transaction.Commit();
        }
        catch (NpgsqlException unheard) when (id is not null && PostgresFailures.IsOutage(unheard))
        {
            isGivenUp = true;
            connection.GiveUp(transaction, unheard);
            if (!connection.IsCommitted(id, process))
            {
                throw;
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !isGivenUp)
        {
            // The library uses the object again for the connection's next transaction: it is let go of once.
            isGivenUp = true;
            connection.GiveUp(transaction, failure: null);
        }
    }
}
