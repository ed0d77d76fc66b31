using EdgeFlora.Coordinator.Diagnosis;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Cli.Doctor.Store;

/// <summary>A check that speaks to the database.</summary>
internal abstract class StoreCheckBase(StoreDiagnosis store) : RemoteCheck
{
    public override IReadOnlyList<string> Needs => [StoreVersionCheck.CheckName];

    protected StoreDiagnosis Store => store;

    protected override (bool IsUnreachable, string Mend)? Judge(Exception failure) =>
        failure is StoreUnavailableException refused ? (StoreDiagnosis.IsOutage(refused), "look into the database's log") : null;
}
