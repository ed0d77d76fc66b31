using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.S3;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Coordinator.Tests.Given.ObjectStore;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Tests.Store.S3;

/// <summary>Bodies in S3 are whole or not there, and nobody who leads no more does them harm.</summary>
public sealed class BucketBodiesTests(PostgresFixture postgres, SwiftFixture swift)
{
    private const int SeveralParts = (16 << 20) + 1001;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(3_000_001)]
    [InlineData(SeveralParts)]
    public async Task A_body_comes_back_as_it_was_and_goes_with_its_object(int length)
    {
        S3Options options = await (await swift.ServerAsync()).NewBucketAsync();
        using BucketRig rig = await NewAsync(options);
        BucketBodies bucket = rig.Lead();
        (BlobClaim claim, string file, byte[] content) = rig.Body(length);

        rig.Of(bucket).Put(claim, file);

        IBodyArchive again = rig.Of(bucket);
        Assert.Equal((claim, length), (again.Find(claim.Sha256), bucket.Size));
        Assert.Equal([claim.Sha256], again.Held());
        Assert.Equal(content, BucketRig.Read(again, claim.Sha256));
        Assert.Null(new S3Bodies(bucket, Guid.NewGuid()).Find(claim.Sha256));
        Assert.Single(await BucketRig.ListAsync(options));
        again.Remove(claim.Sha256);
        again.Remove(claim.Sha256);
        Assert.Null(again.Find(claim.Sha256));
        await bucket.RemoveNeedlessAsync();
        Assert.Empty(await BucketRig.ListAsync(options));
    }

    [Fact]
    public async Task Bodies_of_a_run_go_together_and_those_of_others_stay()
    {
        S3Options options = await (await swift.ServerAsync()).NewBucketAsync();
        using BucketRig rig = await NewAsync(options);
        BucketBodies bucket = rig.Lead();
        var other = new S3Bodies(bucket, Guid.NewGuid());
        IBodyArchive bodies = rig.Of(bucket);
        foreach (int length in new[] { 10, 20 })
        {
            (BlobClaim claim, string file, _) = rig.Body(length);
            bodies.Put(claim, file);
            other.Put(claim, file);
        }

        bodies.RemoveAll();
        await bucket.RemoveNeedlessAsync();

        Assert.Equal((0, 2), (bodies.Held().Count, other.Held().Count));
        Assert.Equal(2, (await BucketRig.ListAsync(options)).Count);
        Assert.Single(bucket.Runs());
    }

    [Fact]
    public async Task Who_leads_no_more_puts_and_removes_nothing_and_what_it_wrote_is_swept_up()
    {
        S3Options options = await (await swift.ServerAsync()).NewBucketAsync();
        using BucketRig rig = await NewAsync(options);
        BucketBodies first = rig.Lead();
        IBodyArchive bodies = rig.Of(first);
        (BlobClaim kept, string keptFile, byte[] content) = rig.Body(10);
        bodies.Put(kept, keptFile);
        BucketBodies second = rig.Lead();
        (BlobClaim late, string lateFile, _) = rig.Body(20);

        Assert.Throws<TermLostException>(() => bodies.Put(late, lateFile));
        bodies.Remove(kept.Sha256);
        await first.RemoveNeedlessAsync();
        await Assert.ThrowsAsync<TermLostException>(first.SweepAsync);

        Assert.Equal(2, (await BucketRig.ListAsync(options)).Count);
        Assert.Equal((1, 0), await second.SweepAsync());
        Assert.Equal([kept.Sha256], rig.Of(second).Held());
        Assert.Equal(content, BucketRig.Read(rig.Of(second), kept.Sha256));
    }

    /// <summary>The fence: no name of an object is used twice, so a removal that is late hits nothing that is needed.</summary>
    [Fact]
    public async Task A_removal_that_comes_late_leaves_a_body_alone_that_another_has_added_again()
    {
        S3Options options = await (await swift.ServerAsync()).NewBucketAsync();
        using BucketRig rig = await NewAsync(options);
        BucketBodies first = rig.Lead();
        (BlobClaim claim, string file, byte[] content) = rig.Body(10);
        rig.Of(first).Put(claim, file);
        rig.Of(first).Remove(claim.Sha256);
        BucketBodies second = rig.Lead();
        rig.Of(second).Put(claim, file);

        await first.RemoveNeedlessAsync();
        await second.SweepAsync();

        Assert.Equal(content, BucketRig.Read(rig.Of(second), claim.Sha256));
        Assert.Single(await BucketRig.ListAsync(options));
    }

    [Fact]
    public async Task A_body_that_is_put_again_takes_the_place_of_the_one_before()
    {
        S3Options options = await (await swift.ServerAsync()).NewBucketAsync();
        using BucketRig rig = await NewAsync(options);
        BucketBodies bucket = rig.Lead();
        (BlobClaim claim, string file, byte[] content) = rig.Body(10);

        rig.Of(bucket).Put(claim, file);
        rig.Of(bucket).Put(claim, file);
        await bucket.RemoveNeedlessAsync();

        Assert.Single(await BucketRig.ListAsync(options));
        Assert.Equal(content, BucketRig.Read(rig.Of(bucket), claim.Sha256));
    }

    [Fact]
    public async Task A_sweep_takes_back_what_a_killed_coordinator_left_and_nothing_of_others()
    {
        S3Options options = await (await swift.ServerAsync()).NewBucketAsync();
        using BucketRig rig = await NewAsync(options);
        BucketBodies bucket = rig.Lead();
        (BlobClaim claim, string file, _) = rig.Body(10);
        rig.Of(bucket).Put(claim, file);
        using Coordinator.Store.S3.ObjectStore objects = BucketRig.Objects(options);
        string ours = ObjectName.New(rig.Run, claim.Sha256, term: 1).ToString();
        string successors = ObjectName.New(rig.Run, claim.Sha256, term: 99).ToString();
        string foreign = "somebody/else's";
        await objects.PutTextAsync(ours, "never named", Stop);
        await objects.PutTextAsync(successors, "about to be named", Stop);
        await objects.PutTextAsync(foreign, "not ours", Stop);
        await objects.BeginUploadAsync(ObjectName.New(rig.Run, claim.Sha256, term: 1).ToString(), Stop);
        string going = ObjectName.New(rig.Run, claim.Sha256, term: 99).ToString();
        await objects.BeginUploadAsync(going, Stop);

        Assert.Equal((1, 1), await bucket.SweepAsync());

        IReadOnlyList<string> left = await BucketRig.ListAsync(options);
        Assert.Equal(3, left.Count);
        Assert.Contains(successors, left);
        Assert.Contains(foreign, left);
        Assert.Equal([going], (await objects.UploadsAsync(Stop)).Select(upload => upload.Name));
        Assert.Equal(10, BucketRig.Read(rig.Of(bucket), claim.Sha256).Length);
        Assert.Equal((0, 0), await bucket.SweepAsync());
    }

    /// <summary>Between the object and its row a sweep finds an object that no row names.</summary>
    [Fact]
    public async Task A_sweep_spares_what_is_being_written()
    {
        PrivateSwift server = await swift.ServerAsync();
        await using FaultyGateway gateway = await FaultyGateway.StartAsync(server.Port);
        S3Options options = await server.NewBucketAsync(gateway.Port);
        using BucketRig rig = await NewAsync(options);
        BucketBodies bucket = rig.Lead();
        (BlobClaim claim, string file, byte[] content) = rig.Body(10);
        HeldAnswer held = gateway.Hold($"/{claim.Sha256}/");
        var putting = Task.Run(() => rig.Of(bucket).Put(claim, file), Stop);
        await held.Come.Task.InTimeAsync();

        Assert.Single(await BucketRig.ListAsync(options));
        Assert.Equal((0, 0), await bucket.SweepAsync());
        held.Gate.SetResult();
        await putting.InTimeAsync();

        Assert.Equal(content, BucketRig.Read(rig.Of(bucket), claim.Sha256));
    }

    [Fact]
    public async Task A_prefix_is_one_services_in_one_database()
    {
        S3Options options = await (await swift.ServerAsync()).NewBucketAsync();
        using BucketRig rig = await NewAsync(options);
        rig.Lead();
        rig.Lead();
        using BucketRig other = await NewAsync(options);

        string refused = Assert.Throws<StateFolderException>(() => other.Lead()).Message;

        Assert.Contains("holds the bodies of another service, in PostgreSQL database", refused, StringComparison.Ordinal);
        Assert.Contains("name a prefix of this service's own with s3.prefix", refused, StringComparison.Ordinal);
        other.Lead(options with { Prefix = "other/" });
    }

    [Fact]
    public async Task Another_bucket_or_prefix_is_not_claimed_while_the_bodies_are_where_they_were()
    {
        PrivateSwift server = await swift.ServerAsync();
        S3Options options = await server.NewBucketAsync();
        S3Options wrong = await server.NewBucketAsync() with { Prefix = "elsewhere/" };
        using BucketRig rig = await NewAsync(options);
        BucketBodies bucket = rig.Lead();
        (BlobClaim claim, string file, byte[] content) = rig.Body(10);
        rig.Of(bucket).Put(claim, file);

        string refused = Assert.Throws<StateFolderException>(() => rig.Lead(wrong)).Message;

        Assert.StartsWith($"{wrong} is no service's, but the service in PostgreSQL database", refused, StringComparison.Ordinal);
        Assert.Contains("s3.bucket or s3.prefix names another place than before", refused, StringComparison.Ordinal);
        using Coordinator.Store.S3.ObjectStore objects = BucketRig.Objects(wrong);
        Assert.Null(await objects.TextAsync(BucketOwner.Mark, Stop));
        Assert.Equal(content, BucketRig.Read(rig.Of(rig.Lead()), claim.Sha256));

        // Where the mark alone was lost, an operator says so.
        using Coordinator.Store.S3.ObjectStore right = BucketRig.Objects(options);
        await right.DeleteAsync(BucketOwner.Mark, Stop);
        Assert.Throws<StateFolderException>(() => rig.Lead());
        Assert.Equal(content, BucketRig.Read(rig.Of(rig.Lead(takesOver: true)), claim.Sha256));
    }

    /// <summary>S3 was away when the term began: that the prefix is another's ends the service, and costs no round.</summary>
    [Fact]
    public async Task A_prefix_that_is_found_to_be_anothers_later_ends_the_service_and_costs_nothing()
    {
        PrivateSwift server = await swift.ServerAsync();
        await using FaultyGateway gateway = await FaultyGateway.StartAsync(server.Port);
        S3Options options = await server.NewBucketAsync(gateway.Port);
        using BucketRig other = await NewAsync(options with { Endpoint = server.OptionsOf(options.Bucket).Endpoint });
        other.Lead();
        using BucketRig rig = await NewAsync(options);
        gateway.Down = "SlowDown";
        BucketBodies bucket = rig.Lead();
        (BlobClaim claim, string file, _) = rig.Body(10);
        gateway.Down = null;

        ArchiveAwayException away = Assert.Throws<ArchiveAwayException>(() => rig.Of(bucket).Put(claim, file));
        StateFolderException foreign = await Assert.ThrowsAsync<StateFolderException>(() => bucket.KeepAsync().InTimeAsync());

        Assert.Contains("holds the bodies of another service, in PostgreSQL database", foreign.Message, StringComparison.Ordinal);
        Assert.Equal(foreign.Message, away.Message);
        Assert.Empty(rig.Of(bucket).Held());
    }

    [Fact]
    public async Task A_service_that_was_restored_takes_its_bodies_over_once_an_operator_says_so()
    {
        S3Options options = await (await swift.ServerAsync()).NewBucketAsync();
        PostgresOptions place = await (await postgres.ServerAsync()).NewDatabaseAsync();
        using var rig = new BucketRig(place, options);
        BucketBodies bucket = rig.Lead();
        (BlobClaim claim, string file, byte[] content) = rig.Body(10);
        rig.Of(bucket).Put(claim, file);

        // As a dump that is read back makes it anew.
        await (await postgres.ServerAsync()).DoAsync(
            "ALTER TABLE service RENAME TO before; CREATE TABLE service AS SELECT * FROM before; DROP TABLE before; "
                + "ALTER TABLE service OWNER TO edgeflora",
            place.Database);

        string refused = Assert.Throws<StateFolderException>(() => rig.Lead()).Message;
        Assert.Contains("holds the bodies of this service as it was in another database", refused, StringComparison.Ordinal);
        Assert.Contains("start once with --restored", refused, StringComparison.Ordinal);
        BucketBodies taken = rig.Lead(takesOver: true);
        Assert.Equal(content, BucketRig.Read(rig.Of(taken), claim.Sha256));
        rig.Lead();

        // Whoever had it before finds out before it sweeps anything away.
        await Assert.ThrowsAsync<StateFolderException>(bucket.SweepAsync);
    }

    private async Task<BucketRig> NewAsync(S3Options options) => new(await (await postgres.ServerAsync()).NewDatabaseAsync(), options);
}
