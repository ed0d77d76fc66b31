using EdgeFlora.Coordinator.Diagnosis;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Cli.Doctor.Store;

/// <summary>A check that speaks to the bucket for bodies.</summary>
internal abstract class BucketCheckBase(BucketDiagnosis bucket) : RemoteCheck
{
    public override IReadOnlyList<string> Needs => [BucketListCheck.CheckName];

    protected BucketDiagnosis Bucket => bucket;

    protected override (bool IsUnreachable, string Mend)? Judge(Exception failure) =>
        failure is ArchiveAwayException refused ? (refused.IsUnreachable, "look into the server's log") : null;
}
