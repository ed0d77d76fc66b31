using EdgeFlora.Coordinator.Diagnosis;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given.ObjectStore;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Tests.Diagnosis;

/// <summary>What is tried on a bucket leaves nothing there.</summary>
public sealed class BucketDiagnosisTests(SwiftFixture swift)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_right_that_is_missing_leaves_no_unfinished_upload()
    {
        PrivateSwift server = await swift.ServerAsync();
        await using FaultyGateway gateway = await FaultyGateway.StartAsync(server.Port);
        S3Options options = await server.NewBucketAsync(gateway.Port);
        using var diagnosis = new BucketDiagnosis(options, TimeProvider.System);
        gateway.Refuse($"GET /{options.Bucket}/?", 403, "AccessDenied");

        ArchiveAwayException refused = await Assert.ThrowsAsync<ArchiveAwayException>(() => diagnosis.TryRightsAsync(Stop));

        Assert.Contains("may not list unfinished uploads (s3:ListBucketMultipartUploads)", refused.Message, StringComparison.Ordinal);
        using var objects = new Coordinator.Store.S3.ObjectStore(options, TimeProvider.System);
        Assert.Empty(await objects.UploadsAsync(Stop));
        Assert.Empty(await objects.ListAsync(Stop).ToListAsync(Stop));
    }
}
