using EdgeFlora.Cli.Doctor.Device;
using EdgeFlora.Coordinator.Diagnosis;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Doctor.Store;

/// <summary>All checks of the machine of a coordinator, in the order in which they build on each other.</summary>
internal static class StoreCheckup
{
    /// <param name="stateFolder">Null: none is named.</param>
    /// <param name="database">Null: the service keeps a file in its state folder.</param>
    public static IReadOnlyList<ICheck> Of(string? stateFolder, PostgresOptions? database, TimeProvider clock)
    {
        ICheck[] folder = stateFolder is null ? [] : [new DiskCheck(stateFolder), new ModesCheck(stateFolder)];
        if (database is null)
        {
            return
            [
                new VersionCheck(),
                .. folder,
                new SettledCheck(
                    StorePortCheck.CheckName,
                    "connects to PostgreSQL",
                    Finding.NotTried("no store.url is set: the service keeps a file in its state folder")),
            ];
        }

        var diagnosis = new StoreDiagnosis(database, clock);
        return
        [
            new VersionCheck(),
            .. folder,
            new StorePortCheck(diagnosis),
            new StoreLoginCheck(diagnosis),
            new StoreVersionCheck(diagnosis),
            new StoreRightsCheck(diagnosis),
            new StoreTripCheck(diagnosis),
            new StoreLeaseCheck(diagnosis),
            .. database.S3 is { } place ? Of(new BucketDiagnosis(place, clock)) : [],
        ];
    }

    private static ICheck[] Of(BucketDiagnosis bucket) =>
    [
        new BucketPortCheck(bucket),
        new BucketListCheck(bucket),
        new BucketRightsCheck(bucket),
        new BucketTripCheck(bucket),
        new BucketOwnerCheck(bucket),
    ];
}
