using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>The store of a run, without the service around it.</summary>
internal static class TestStore
{
    /// <summary>Begins a term of the service in a database, makes the run if it is missing, and opens it under that term.</summary>
    /// <param name="lockSeconds">How long one attempt waits for a lock that another process holds.</param>
    public static RunStore Open(string file, string run, int lockSeconds = 5)
    {
        long term;
        using (ServiceStore service = ServiceStore.Open(file, "holder", TimeProvider.System))
        {
            term = service.Term;
            if (service.Runs().All(row => row.Run != run))
            {
                service.AddRun(new StoredRun(run, "test", "{}", "Running", Detail: null, Entry: null), command: null);
            }
        }

        return RunStore.Open(file, run, term, "holder", TimeProvider.System, lockSeconds: lockSeconds);
    }
}
