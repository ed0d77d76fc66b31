using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>The store of a run, without the service around it.</summary>
internal static class TestStore
{
    /// <summary>Begins a term of the service in a database, makes the run if it is missing, and opens it under that term.</summary>
    public static RunStore Open(string file, string run, StoreAccess? access = null)
    {
        long term;
        using (ServiceStore service = ServiceStore.Open(file, "holder", access ?? new StoreAccess()))
        {
            term = service.Term;
            if (service.Runs().All(row => row.Run != run))
            {
                service.AddRun(new StoredRun(run, "test", "{}", "Running", Detail: null, Entry: null), command: null);
            }
        }

        return RunStore.Open(file, run, term, "holder", access ?? new StoreAccess());
    }
}
