using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Coordinator.Tests.Given.ObjectStore;
using EdgeFlora.Transport.Blobs;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Store.S3;

/// <summary>What an S3 server and the way to it may do to a request.</summary>
public sealed class ObjectStoreTests(SwiftFixture swift) : IAsyncLifetime
{
    private const string Name = "name";

    private readonly TemporaryFolder folder = new();
    private FaultyGateway gateway = null!;
    private S3Options options = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        PrivateSwift server = await swift.ServerAsync();
        gateway = await FaultyGateway.StartAsync(server.Port);
        options = await server.NewBucketAsync(gateway.Port);
    }

    public async ValueTask DisposeAsync()
    {
        if (gateway is not null)
        {
            await gateway.DisposeAsync();
        }

        folder.Dispose();
    }

    [Theory]
    [InlineData(503, "SlowDown")]
    [InlineData(500, "InternalError")]
    [InlineData(400, "RequestTimeout")]
    public async Task A_server_that_is_too_busy_is_asked_again_and_says_so_meanwhile(int status, string code)
    {
        var log = new CollectedLog();
        using var objects = new Coordinator.Store.S3.ObjectStore(options, TimeProvider.System, log);
        gateway.Refuse("PUT ", status, code, times: 2);

        await objects.PutAsync(Name, Body(100), Stop);

        Assert.Equal(3, gateway.Requests.Count(line => line.StartsWith("PUT ", StringComparison.Ordinal)));
        Assert.Equal("100", (await objects.TextAsync(Name, Stop))!.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Null(objects.Calls.Trouble);
        Assert.Equal(2, log.Lines.Count);
        Assert.Contains($"it is too busy or broken ({status} {code}: The gateway says {code})", log.Lines[0], StringComparison.Ordinal);
        Assert.Contains("it is tried for 30 s (s3.timeout)", log.Lines[0], StringComparison.Ordinal);
        Assert.Contains("answers again", log.Lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_breaks_off_within_a_body_is_made_again()
    {
        using var objects = new Coordinator.Store.S3.ObjectStore(options, TimeProvider.System);
        string file = Body(1_000_000);
        await objects.PutAsync(Name, file, Stop);
        gateway.Cut("GET ");
        using var read = new MemoryStream();
        read.WriteByte(7);

        await objects.ReadAsync(Name, read, 1_000_000, Stop);

        Assert.Equal([7, .. await File.ReadAllBytesAsync(file, Stop)], read.ToArray());
        Assert.Equal(2, gateway.Requests.Count(line => line.StartsWith("GET ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_body_that_is_changed_on_its_way_is_asked_for_again()
    {
        using var objects = new Coordinator.Store.S3.ObjectStore(options, TimeProvider.System);
        string file = Body(1000);
        await objects.PutAsync(Name, file, Stop);
        gateway.Falsify("GET ", withSum: false);
        using var read = new MemoryStream();

        await objects.ReadAsync(Name, read, 1000, Stop);

        Assert.Equal(await File.ReadAllBytesAsync(file, Stop), read.ToArray());
        Assert.Equal(2, gateway.Requests.Count(line => line.StartsWith("GET ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Part_of_a_body_that_is_refused_takes_the_whole_upload_back()
    {
        using var objects = new Coordinator.Store.S3.ObjectStore(options, TimeProvider.System) { PartBytes = 5 << 20 };
        gateway.Refuse("partNumber=2", 403, "AccessDenied");

        ArchiveAwayException refused = await Assert.ThrowsAsync<ArchiveAwayException>(() => objects.PutAsync(Name, Body(11 << 20), Stop));

        Assert.Contains("the access key 'test:service' may not write objects (s3:PutObject)", refused.Message, StringComparison.Ordinal);
        Assert.Empty(await objects.UploadsAsync(Stop));
        Assert.Null(await objects.TextAsync(Name, Stop));
    }

    [Fact]
    public async Task Parts_are_sent_again_one_by_one_and_an_end_whose_answer_is_lost_is_an_end()
    {
        using var objects = new Coordinator.Store.S3.ObjectStore(options, TimeProvider.System) { PartBytes = 5 << 20 };
        string file = Body(11 << 20);
        gateway.Refuse("partNumber=2", 503, "SlowDown");
        gateway.LoseAnswer("POST /" + options.Bucket + "/edgeflora/name?uploadId=");

        await objects.PutAsync(Name, file, Stop);

        using var read = new MemoryStream();
        await objects.ReadAsync(Name, read, 11 << 20, Stop);
        Assert.Equal(await File.ReadAllBytesAsync(file, Stop), read.ToArray());
        Assert.Empty(await objects.UploadsAsync(Stop));
        Assert.Equal(1, gateway.Requests.Count(line => line.Contains("partNumber=1", StringComparison.Ordinal)));
    }

    /// <summary>A process that stops does not wait for a server that hangs; a sweep takes the upload back.</summary>
    [Fact]
    public async Task A_stop_within_parts_asks_for_nothing_more()
    {
        using var objects = new Coordinator.Store.S3.ObjectStore(options, TimeProvider.System) { PartBytes = 5 << 20 };
        using var stop = new CancellationTokenSource();
        HeldAnswer held = gateway.Hold("partNumber=2");
        Task putting = objects.PutAsync(Name, Body(11 << 20), stop.Token);
        await held.Come.Task.InTimeAsync();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => putting).InTimeAsync();
        Assert.DoesNotContain(gateway.Requests, line => line.StartsWith("DELETE ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, 60)]
    [InlineData(5, 5)]
    public async Task A_server_that_does_not_answer_is_given_up_in_time(int? silence, int expected)
    {
        var time = new FakeTimeProvider();
        TimeSpan? limit = silence is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        using var objects = new Coordinator.Store.S3.ObjectStore(options, time, patience: TimeSpan.Zero, silence: limit);
        HeldAnswer held = gateway.Hold("PUT ");
        Task putting = objects.PutAsync(Name, Body(100), Stop);
        await held.Come.Task.InTimeAsync();

        time.Advance(TimeSpan.FromSeconds(expected));

        ArchiveAwayException away = await Assert.ThrowsAsync<ArchiveAwayException>(() => putting).InTimeAsync();
        string said = FormattableString.Invariant($"it did not answer within {expected} s");
        Assert.Contains(said, away.Message, StringComparison.Ordinal);
        Assert.Contains(said, objects.Calls.Trouble!.Value.Sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(403, "RequestTimeTooSkewed", "this machine's clock differs from its own by more than a quarter of an hour; set it right")]
    [InlineData(507, "InsufficientStorage", "it has no room (507 InsufficientStorage: The gateway says InsufficientStorage); make room")]
    [InlineData(403, "QuotaExceeded", "it has no room (403 QuotaExceeded")]
    [InlineData(403, "InvalidAccessKeyId", "it does not know the access key 'test:service'; correct s3.accessKey")]
    [InlineData(301, "PermanentRedirect", "the bucket is in another region than us-east-1 (301 PermanentRedirect")]
    [InlineData(400, "ExpiredToken", "the credentials of this machine have run out")]
    [InlineData(501, "NotImplemented", "it does not know how to write objects")]
    public async Task What_it_refuses_is_told_at_once_with_what_mends_it(int status, string code, string sentence)
    {
        using var objects = new Coordinator.Store.S3.ObjectStore(options, TimeProvider.System);
        gateway.Refuse("PUT ", status, code);

        ArchiveAwayException refused = await Assert.ThrowsAsync<ArchiveAwayException>(() => objects.PutAsync(Name, Body(10), Stop));

        Assert.StartsWith($"{options}: {sentence}", refused.Message, StringComparison.Ordinal);
        Assert.Single(gateway.Requests);
        Assert.DoesNotContain(PrivateSwift.SecretKey, refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_real_server_refuses_is_told_with_what_mends_it()
    {
        PrivateSwift server = await swift.ServerAsync();

        Assert.Contains(
            "there is no such bucket; make it, or correct s3.bucket", await RefusalAsync(server.OptionsOf("nowhere")), StringComparison.Ordinal);
        Assert.Contains(
            "it refuses the secret of the access key 'test:service'; correct the file that s3.secretKeyFile names",
            await RefusalAsync(server.OptionsOf(options.Bucket, secretKey: "wrong")),
            StringComparison.Ordinal);
        Assert.Contains(
            "the access key 'test:stranger' may not write objects (s3:PutObject)",
            await RefusalAsync(server.OptionsOf(options.Bucket, PrivateSwift.Stranger, PrivateSwift.StrangersKey)),
            StringComparison.Ordinal);
        Assert.Contains(
            "the bucket is in another region than eu-west-1 (400 AuthorizationHeaderMalformed: The authorization header is malformed; the region "
                + "'eu-west-1' is wrong; expecting 'us-east-1'); correct s3.region",
            await RefusalAsync(options with { Region = "eu-west-1" }),
            StringComparison.Ordinal);
        Assert.Contains(
            "it cannot be reached (",
            await RefusalAsync(options with { Endpoint = new Uri("http://127.0.0.1:9"), Timeout = TimeSpan.FromSeconds(1) }),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_comes_back_changed_is_lost_and_can_come_again()
    {
        using var objects = new Coordinator.Store.S3.ObjectStore(options, TimeProvider.System);
        var archive = new OneObjectEach(objects);
        var first = new BlobStore(folder["first"], archive: archive);
        BlobClaim claim = first.Put(new byte[] { 1, 2, 3 }, "int8");
        var second = new BlobStore(folder["second"], archive: archive);
        gateway.Falsify("GET ", withSum: true);

        Assert.Null(second.Find(claim.Sha256));
        second.Put(new byte[] { 1, 2, 3 }, "int8");
        Assert.Equal(new byte[] { 1, 2, 3 }, new BlobStore(folder["third"], archive: archive).ReadAll(claim.Sha256));
    }

    private static async Task<string> RefusalAsync(S3Options at)
    {
        using var objects = new Coordinator.Store.S3.ObjectStore(at, TimeProvider.System);
        return (await Assert.ThrowsAsync<ArchiveAwayException>(() => objects.PutTextAsync(Name, "text", Stop))).Message;
    }

    private string Body(int length)
    {
        byte[] content = new byte[length];
        new Random(length).NextBytes(content);
        Array.ForEach(Enumerable.Range(0, Math.Min(length, 4096)).ToArray(), i => content[i] = (byte)('a' + (content[i] % 26)));
        File.WriteAllBytes(folder["body"], content);
        return folder["body"];
    }
}
