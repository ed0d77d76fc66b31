using System.Data.Common;
using EdgeFlora.Transport.Blobs;
using Npgsql;

namespace EdgeFlora.Coordinator.Store.Postgres;

/// <summary>What bodies ask of the database: a few at a time, and again and again for a while where it is away.</summary>
internal static class PatientQuery
{
    /// <summary>Longest that is tried again while the database is away; after that the leader stands down.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <param name="deed">Is to be done with a body, for a message: <c>kept</c>.</param>
    /// <exception cref="ArchiveAwayException">The database is away, or refuses: either way it is no fault of a body or of a run.</exception>
    public static T Ask<T>(PostgresDatabase database, TimeProvider time, string deed, Func<NpgsqlConnection, T> question)
    {
        database.Transfers.Wait();
        try
        {
            return Again(database, time, deed, question);
        }
        finally
        {
            database.Transfers.Release();
        }
    }

    private static T Again<T>(PostgresDatabase database, TimeProvider time, string deed, Func<NpgsqlConnection, T> question)
    {
        long began = time.GetTimestamp();
        while (true)
        {
            try
            {
                return database.Ask(question);
            }
            catch (DbException away) when (PostgresFailures.IsOutage(away) && time.GetElapsedTime(began) < Patience)
            {
                Task.Delay(Pause, time).GetAwaiter().GetResult();
            }
            catch (DbException failure)
            {
                bool isAway = PostgresFailures.IsOutage(failure);
                throw new ArchiveAwayException($"a body could not be {deed} in {database.Name}: {failure.Message}", failure)
                {
                    IsTransient = isAway,
                    IsUnreachable = isAway && failure is not PostgresException,
                };
            }
        }
    }
}
