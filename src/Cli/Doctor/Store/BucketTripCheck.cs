using EdgeFlora.Coordinator.Diagnosis;

namespace EdgeFlora.Cli.Doctor.Store;

/// <summary>That a body comes back as it was, and how fast.</summary>
internal sealed class BucketTripCheck(BucketDiagnosis bucket) : BucketCheckBase(bucket)
{
    public override string Name => "bucket.trip";

    public override string Deed => "writes a body of 1 MiB, reads it and removes it";

    public override IReadOnlyList<string> Needs => [BucketRightsCheck.CheckName];

    protected override async Task<Finding> AskAsync(CancellationToken stop) => Finding.Ok(
        FormattableString.Invariant($"the same bytes came back, in {(await Bucket.RoundTripAsync(stop)).TotalSeconds:0.00} s both ways"));
}
