using EdgeFlora.Coordinator.Diagnosis;

namespace EdgeFlora.Cli.Doctor.Store;

/// <summary>That the access key may do in the bucket what the service does.</summary>
internal sealed class BucketRightsCheck(BucketDiagnosis bucket) : BucketCheckBase(bucket)
{
    public const string CheckName = "bucket.rights";

    public override string Name => CheckName;

    public override string Deed => "writes an object of its own, reads it, begins an upload in parts, takes it back, and removes the object";

    protected override async Task<Finding> AskAsync(CancellationToken stop)
    {
        await Bucket.TryRightsAsync(stop);
        return Finding.Ok("it may");
    }
}
