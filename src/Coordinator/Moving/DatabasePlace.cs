using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Moving;

/// <summary>Bodies in a service's database.</summary>
/// <param name="term">Under which they are written.</param>
internal sealed class DatabasePlace(PostgresDatabase database, long term, TimeProvider time) : IBodyPlace
{
    public IReadOnlyCollection<Guid> Runs() => PatientQuery.Ask(database, time, "listed", PostgresBodies.Runs);

    public IBodyArchive Of(Guid run) => new PostgresBodies(database, run, term, time);

    public void Dispose()
    {
    }
}
