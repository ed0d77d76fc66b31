using System.Data.Common;
using Dapper;

namespace EdgeFlora.Coordinator.Store;

/// <summary>Begins terms: whoever led before can write nothing more from then on.</summary>
internal static class ServiceTerm
{
    /// <param name="holder">Who begins it, for people.</param>
    /// <param name="accept">As <see cref="ServiceStore.TryLead"/> has it.</param>
    /// <returns>The service's id and the new term; null: another service leads.</returns>
    public static (Guid Service, long Term)? Begin(StoreConnection store, string holder, DateTimeOffset now, Action<Guid, bool>? accept)
    {
        using StoreWrite write = store.BeginWriting();
        DbTransaction transaction = write.Transaction;
        if (!store.TryClaim(transaction))
        {
            return null;
        }

        // Every row is raised, of each run, whether it is taken up again or not.
        long term = (store.Connection.ExecuteScalar<long?>("SELECT MAX(term) FROM coord_lease", transaction: transaction) ?? 0) + 1;
        store.Connection.Execute("UPDATE coord_lease SET holder = @holder, term = @term", new { holder, term }, transaction);
        store.Connection.Execute(
            "INSERT INTO coord_lease(run, holder, term, clock) VALUES(@Service, @holder, @term, 0) ON CONFLICT(run) DO NOTHING",
            new { ServiceStore.Service, holder, term },
            transaction);
        (Guid id, bool isNew) = IdOf(store.Connection, now, transaction);
        store.SetLeader(new StoreLeader(holder, term, id), transaction);
        accept?.Invoke(id, isNew);
        write.Commit();
        return (id, term);
    }

    private static (Guid Id, bool IsNew) IdOf(DbConnection connection, DateTimeOffset now, DbTransaction transaction)
    {
        if (connection.ExecuteScalar<string?>("SELECT id FROM service", transaction: transaction) is { } known)
        {
            return (Guid.Parse(known), false);
        }

        Guid id = Guid.CreateVersion7(now);
        connection.Execute("INSERT INTO service(id) VALUES(@id)", new { id = id.ToString() }, transaction);
        return (id, true);
    }
}
