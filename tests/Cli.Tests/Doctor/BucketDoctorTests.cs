using System.Globalization;
using System.Text.Json;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Coordinator.Tests.Given.ObjectStore;
using EdgeFlora.Integration.Tests.Brokers;

namespace EdgeFlora.Cli.Tests.Doctor;

/// <summary><c>edgeflora doctor --coordinator</c> with a bucket as it should be, and in each way as it should not.</summary>
public sealed class BucketDoctorTests(PostgresFixture postgres, SwiftFixture swift) : IDisposable
{
    private static readonly string[] Checks = ["bucket.tcp", "bucket.list", "bucket.rights", "bucket.trip", "bucket.owner"];

    private readonly string folder = Directory.CreateTempSubdirectory("edgeflora-doctor-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_bucket_that_a_service_can_work_on_passes_and_nothing_stays_in_it()
    {
        S3Options bucket = await (await swift.ServerAsync()).NewBucketAsync();

        (int code, Dictionary<string, JsonElement> checks) = await LookAsync(bucket);
        (int again, _) = await LookAsync(bucket);

        Assert.Equal((ExitCode.Done, ExitCode.Done), (code, again));
        Assert.All(Checks, name => Assert.Equal("Ok", Outcome(checks[name])));
        Assert.Equal("none yet: the first that starts will", Found(checks["bucket.owner"]));
        Assert.Equal("it may", Found(checks["bucket.rights"]));
        Assert.EndsWith("without TLS", checks["bucket.list"].GetProperty("did").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, await (await swift.ServerAsync()).CountAsync(bucket.Bucket));
    }

    [Fact]
    public async Task A_server_that_is_not_there_exits_with_4_and_the_rest_is_not_tried()
    {
        S3Options nowhere = (await swift.ServerAsync()).OptionsOf("fleet") with { Endpoint = new Uri("http://127.0.0.1:9") };

        (int code, Dictionary<string, JsonElement> checks) = await LookAsync(nowhere);

        Assert.Equal(ExitCode.Unreachable, code);
        Assert.StartsWith("nothing answers at 127.0.0.1:9: ", Found(checks["bucket.tcp"]), StringComparison.Ordinal);
        Assert.All(Checks[1..], name => Assert.Equal("NotTried", Outcome(checks[name])));
    }

    [Fact]
    public async Task What_is_wrong_is_told_with_the_setting_that_mends_it()
    {
        PrivateSwift server = await swift.ServerAsync();
        S3Options bucket = await server.NewBucketAsync();

        Assert.Equal(
            ("there is no such bucket", "make it, or correct s3.bucket or s3.region"), await WrongAsync(server.OptionsOf("nowhere")));
        Assert.Equal(
            ("it refuses the secret of the access key 'test:service'", "correct the file that s3.secretKeyFile names, and s3.accessKey"),
            await WrongAsync(server.OptionsOf(bucket.Bucket, secretKey: "wrong")));
        (string wrong, string mend) = await WrongAsync(server.OptionsOf(bucket.Bucket, PrivateSwift.Stranger, PrivateSwift.StrangersKey));
        Assert.StartsWith("the access key 'test:stranger' may not list objects (s3:ListBucket)", wrong, StringComparison.Ordinal);
        Assert.Equal("grant it in the bucket's policy, or name another with s3.accessKey", mend);
        (wrong, mend) = await WrongAsync(bucket with { Region = "eu-west-1" });
        Assert.StartsWith("the bucket is in another region than eu-west-1 (", wrong, StringComparison.Ordinal);
        Assert.Equal("correct s3.region", mend);
    }

    [Fact]
    public async Task A_certificate_must_be_the_hosts_and_of_an_authority_that_is_trusted()
    {
        await swift.ServerAsync();
        using var trusted = new TestAuthority("trusted");
        using var other = new TestAuthority("other");
        await using PrivateSwift server = await PrivateSwift.StartNewAsync(trusted.Issue(["localhost"]));
        var endpoint = new Uri(string.Create(CultureInfo.InvariantCulture, $"https://localhost:{server.Port}"));
        S3Options bucket = server.OptionsOf("nowhere") with { Endpoint = endpoint, Ca = Write("trusted.pem", trusted.Pem) };

        Assert.Equal("there is no such bucket", (await WrongAsync(bucket)).Wrong);
        (string wrong, string mend) = await WrongAsync(bucket with { Ca = Write("other.pem", other.Pem) });
        Assert.StartsWith("its certificate is not accepted (", wrong, StringComparison.Ordinal);
        Assert.Equal("it must be for 'localhost' and signed by an authority that the system trusts or s3.ca names", mend);
        var byAddress = new Uri(endpoint.ToString().Replace("localhost", "127.0.0.1", StringComparison.Ordinal));
        wrong = (await WrongAsync(bucket with { Endpoint = byAddress })).Wrong;
        Assert.StartsWith("its certificate is not accepted (", wrong, StringComparison.Ordinal);
    }

    private static string Outcome(JsonElement check) => check.GetProperty("outcome").GetString()!;

    private static string Found(JsonElement check) => check.GetProperty("found").GetString()!;

    private async Task<(string Wrong, string Mend)> WrongAsync(S3Options bucket)
    {
        (int code, Dictionary<string, JsonElement> checks) = await LookAsync(bucket);
        JsonElement list = checks["bucket.list"];
        Assert.Equal((ExitCode.BadInput, "Failed"), (code, Outcome(list)));
        Assert.StartsWith($"{bucket}: ", Found(list), StringComparison.Ordinal);
        return (Found(list)[$"{bucket}: ".Length..], list.GetProperty("mend").GetString()!);
    }

    private async Task<(int Code, Dictionary<string, JsonElement> Checks)> LookAsync(S3Options bucket)
    {
        PostgresOptions place = await (await postgres.ServerAsync()).NewDatabaseAsync();
        Write("store.password", PrivatePostgres.Password);
        string file = Write(
            "coordinator.yaml",
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""
                state: state
                store:
                  url: postgres://{{place.User}}@{{place.Host}}:{{place.Port}}/{{place.Database}}
                  passwordFile: store.password
                  bodies: s3
                s3:
                  endpoint: {{bucket.Endpoint}}
                  region: {{bucket.Region}}
                  bucket: {{bucket.Bucket}}
                  prefix: {{bucket.Prefix}}
                  accessKey: {{bucket.AccessKey}}
                  secretKeyFile: {{bucket.SecretKeyFile}}
                  {{(bucket.Ca is null ? "" : $"ca: {bucket.Ca}")}}
                """));
        (int code, string output, string error) = await CommandRunner.RunAsync("doctor", "--coordinator", file, "--json");
        Assert.Equal("", error);
        using var report = JsonDocument.Parse(output);
        Assert.DoesNotContain(PrivateSwift.SecretKey, output, StringComparison.Ordinal);
        return (code, report.RootElement.GetProperty("checks").EnumerateArray().ToDictionary(
            check => check.GetProperty("name").GetString()!, check => check.Clone()));
    }

    private string Write(string name, string text)
    {
        string file = Path.Combine(folder, name);
        File.WriteAllText(file, text);
        return file;
    }
}
