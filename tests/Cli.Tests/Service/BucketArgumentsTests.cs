using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Service;
using EdgeFlora.Coordinator.Configuration;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Tests.Service;

/// <summary>How a service is told of the bucket that it keeps bodies in.</summary>
public sealed class BucketArgumentsTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-bucket-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void A_bucket_comes_with_all_that_is_said_of_it_and_shows_no_secret()
    {
        string secret = Secret("hidden\n", UnixFileMode.UserRead);
        string ca = Path.Combine(root, "ca.pem");
        File.WriteAllText(ca, "");
        string keys = $"accessKey: AKID, secretKeyFile: {secret}, ca: {ca}";

        S3Options of = Read(
            $"bucket: fleet, prefix: a/b/, endpoint: \"https://s3.example:9000\", region: eu-1, pathStyle: false, timeout: 5s, {keys}")!;

        Assert.Equal("S3 bucket 'fleet' (prefix a/b/) at https://s3.example:9000", of.ToString());
        Assert.Equal(
            ("eu-1", false, TimeSpan.FromSeconds(5), "AKID", secret, ca),
            (of.Region, of.PathStyle, of.Timeout, of.AccessKey, of.SecretKeyFile, of.Ca));
        Assert.Equal("S3 bucket 'fleet' at Amazon, us-east-1", Read("bucket: fleet")!.ToString());
        Assert.Equal(BodyPlace.S3, Place("store: {url: \"postgres://u@localhost/d\", bodies: s3}\ns3: {bucket: fleet}")!.Bodies);
    }

    [Theory]
    [InlineData("prefix: a/", "store.bodies is s3, but s3.bucket is missing; name the bucket for bodies")]
    [InlineData("bucket: Fleet_1", "s3.bucket is 'Fleet_1'; it must be a name as S3 takes it: 3 to 63 of a-z, 0-9, - and .")]
    [InlineData("bucket: fleet, prefix: /a", "s3.prefix is '/a'; it must be a path that ends with /, such as edgeflora/, or be left out.")]
    [InlineData("bucket: fleet, prefix: a/../b/", "s3.prefix is 'a/../b/'; it must be a path")]
    [InlineData("bucket: fleet, endpoint: s3.example", "s3.endpoint is 's3.example'; it must be https://HOST:PORT")]
    [InlineData("bucket: fleet, endpoint: \"https://s3.example/fleet\"", "s3.endpoint must be https://HOST:PORT and no more;")]
    [InlineData("bucket: fleet, endpoint: \"http://s3.example\"", "s3.endpoint is 'http://s3.example/', which is not encrypted:")]
    [InlineData("bucket: fleet, accessKey: AKID", "s3.accessKey is 'AKID', but s3.secretKeyFile is missing;")]
    [InlineData("bucket: fleet, secretKeyFile: none", "s3.secretKeyFile is 'none', but s3.accessKey is missing;")]
    [InlineData("bucket: fleet, accessKey: AKID, secretKeyFile: none", "s3.secretKeyFile is 'none', which cannot be read (")]
    [InlineData("bucket: fleet, ca: none", "s3.ca is 'none', which is no file;")]
    public void What_cannot_be_used_is_refused_with_what_would_be_right(string settings, string sentence) =>
        Assert.StartsWith(sentence, Refusal(settings), StringComparison.Ordinal);

    [Fact]
    public void A_server_without_TLS_is_spoken_to_on_this_machine_or_where_that_is_said_in_words()
    {
        Assert.NotNull(Read("bucket: fleet, endpoint: \"http://127.0.0.1:9000\""));
        Assert.NotNull(Read("bucket: fleet, endpoint: \"http://localhost:9000\""));
        Assert.NotNull(Read("bucket: fleet, endpoint: \"http://[::1]:9000\""));
        Assert.NotNull(Read("bucket: fleet, endpoint: \"http://s3.example\", unencrypted: accepted"));
    }

    [Fact]
    public void A_secret_that_everybody_can_read_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files have no modes here");
        string open = Secret("hidden", UnixFileMode.UserRead | UnixFileMode.OtherRead);
        string empty = Secret("\n", UnixFileMode.UserRead);

        Assert.Equal(
            $"s3.secretKeyFile is '{open}', which every user of this machine can read; close it: chmod 600 {open}, or, where Kubernetes mounts it, "
                + "defaultMode: 0400 in the volume of the secret",
            Refusal($"bucket: fleet, accessKey: AKID, secretKeyFile: {open}"));
        Assert.Equal(
            $"s3.secretKeyFile is '{empty}', whose first line is empty; it must be the secret key.",
            Refusal($"bucket: fleet, accessKey: AKID, secretKeyFile: {empty}"));
    }

    /// <summary>
    /// A secret as Kubernetes mounts it: a link to a link to a file. <c>defaultMode: 0400</c> becomes 0440 where the pod has an <c>fsGroup</c>.
    /// </summary>
    [Theory]
    [InlineData(UnixFileMode.UserRead)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupRead)]
    public void A_secret_that_Kubernetes_mounts_closed_is_read(UnixFileMode mode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files have no modes here");

        Assert.Equal("hidden", Read($"bucket: fleet, accessKey: AKID, secretKeyFile: {Mounted("hidden", mode)}")!.SecretKey());
    }

    [Fact]
    public void A_secret_that_Kubernetes_mounts_open_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files have no modes here");
        string open = Mounted("hidden", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        Assert.EndsWith(
            "where Kubernetes mounts it, defaultMode: 0400 in the volume of the secret",
            Refusal($"bucket: fleet, accessKey: AKID, secretKeyFile: {open}"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3: {bucket: fleet}", "s3 is given, but store.bodies is not s3;")]
    [InlineData("s3: {region: eu-1}", "s3 is given, but store.bodies is not s3;")]
    [InlineData("s3: {ca: ca.pem}", "s3 is given, but store.bodies is not s3;")]
    [InlineData("s3: {pathStyle: false}", "s3 is given, but store.bodies is not s3;")]
    [InlineData("s3: {unencrypted: accepted}", "s3 is given, but store.bodies is not s3;")]
    [InlineData("s3: {timeout: 5s}", "s3 is given, but store.bodies is not s3;")]
    [InlineData("store: {url: \"postgres://u@localhost/d\", bodies: postgres}\ns3: {bucket: fleet}", "s3 is given, but store.bodies is not s3;")]
    [InlineData("store: {bodies: s3}\ns3: {bucket: fleet}", "store.bodies is s3, but store.url is missing;")]
    public void A_bucket_that_nothing_would_be_kept_in_is_refused(string file, string sentence) =>
        Assert.StartsWith(sentence, Assert.Throws<InputException>(() => Place(file)).Message, StringComparison.Ordinal);

    private static S3Options? Read(string settings) => BucketArguments.Read(Configuration($"store: {{bodies: s3}}\ns3: {{{settings}}}"));

    private static PostgresOptions? Place(string file) => StoreArguments.Read(typed: null, Configuration(file));

    private static string Refusal(string settings) => Assert.ThrowsAny<Exception>(() => Read(settings)).Message;

    private static ServiceConfiguration Configuration(string text)
    {
        ServiceConfigurationReading reading = ServiceConfigurationReader.Read(System.Text.Encoding.UTF8.GetBytes(text), "coordinator.yaml");
        Assert.Empty(reading.Mistakes);
        return reading.Configuration!;
    }

    private string Mounted(string content, UnixFileMode mode)
    {
        string mount = Directory.CreateDirectory(Path.Combine(root, "secrets")).FullName;
        string version = Directory.CreateDirectory(Path.Combine(mount, "..2026_01_01")).FullName;
        File.Move(Secret(content, mode), Path.Combine(version, "s3-secret-key"));
        Directory.CreateSymbolicLink(Path.Combine(mount, "..data"), "..2026_01_01");
        string file = Path.Combine(mount, "s3-secret-key");
        File.CreateSymbolicLink(file, "..data/s3-secret-key");
        return file;
    }

    private string Secret(string content, UnixFileMode mode)
    {
        string file = Path.Combine(root, Path.GetRandomFileName());
        File.WriteAllText(file, content);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, mode);
        }

        return file;
    }
}
