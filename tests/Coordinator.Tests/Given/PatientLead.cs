using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;

namespace EdgeFlora.Coordinator.Tests.Given;

internal static class PatientLead
{
    /// <summary>
    /// Leads a database. A server that says nothing for as long as a statement may take is tried once more, as services do all the time: the machine
    /// that runs these tests is busy with them.
    /// </summary>
    public static ServiceStore? TryLead(PostgresDatabase database, string holder, StoreAccess access)
    {
        try
        {
            return ServiceStore.TryLead(database, holder, access);
        }
        catch (StoreUnavailableException away) when (database.IsOutage(away))
        {
            return ServiceStore.TryLead(database, holder, access);
        }
    }
}
