using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>The store of a run, without the service around it.</summary>
internal static class TestStore
{
    /// <summary>Begins a term of the service in a database, makes the run if it is missing, and opens it under that term.</summary>
    public static RunStore Open(string file, string run, StoreAccess? access = null) => Open(new SqliteDatabase(file), run, access);

    /// <inheritdoc cref="Open(string, string, StoreAccess?)"/>
    public static RunStore Open(IStoreDatabase database, string run, StoreAccess? access = null)
    {
        long term;
        using (ServiceStore service = ServiceStore.TryLead(database, "holder", access ?? new StoreAccess())!)
        {
            term = service.Term;
            if (service.Runs().All(row => row.Run != run))
            {
                service.AddRun(new StoredRun(run, "test", "{}", "Running", Detail: null, Entry: null), command: null);
            }
        }

        // The next that opens it does not wait until this one's lease lapses.
        using (IServiceLease? lease = database.LeaseOf(term, TimeProvider.System))
        {
            lease?.Release();
        }

        return RunStore.Open(database, run, term, "holder", access ?? new StoreAccess());
    }
}
