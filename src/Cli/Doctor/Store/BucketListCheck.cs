using EdgeFlora.Coordinator.Diagnosis;

namespace EdgeFlora.Cli.Doctor.Store;

/// <summary>TLS, clock, credentials, region and bucket, as the service itself would speak to it.</summary>
internal sealed class BucketListCheck(BucketDiagnosis bucket) : BucketCheckBase(bucket)
{
    public const string CheckName = "bucket.list";

    public override string Name => CheckName;

    public override string Deed => $"lists objects of bucket {Bucket.Options.Bucket}"
        + (Bucket.Options.Endpoint?.Scheme == Uri.UriSchemeHttp ? ", without TLS" : ", over TLS");

    public override IReadOnlyList<string> Needs => [BucketPortCheck.CheckName];

    protected override async Task<Finding> AskAsync(CancellationToken stop)
    {
        await Bucket.ListAsync(stop);
        return Finding.Ok("it is there, and lets the service in");
    }
}
