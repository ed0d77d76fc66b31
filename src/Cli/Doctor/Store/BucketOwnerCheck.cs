using EdgeFlora.Coordinator.Diagnosis;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Cli.Doctor.Store;

/// <summary>Whose bodies the prefix holds.</summary>
internal sealed class BucketOwnerCheck(BucketDiagnosis bucket) : BucketCheckBase(bucket)
{
    public override string Name => "bucket.owner";

    public override string Deed => "asks which service keeps its bodies there";

    protected override async Task<Finding> AskAsync(CancellationToken stop)
    {
        try
        {
            return Finding.Ok(await Bucket.OwnerAsync(stop) is var (service, database)
                ? $"service {service}, in {database}"
                : "none yet: the first that starts will");
        }
        catch (StateFolderException foreign)
        {
            (string wrong, string? cure) = Sentence.Of(foreign);
            return Finding.Failed(wrong, cure ?? "name a prefix of the service's own with s3.prefix");
        }
    }
}
