using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs.Sections;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Coordinator.Configuration;

/// <summary>What a service's configuration says of the bucket for bodies.</summary>
internal static class S3Section
{
    private const int MaxText = 300;
    private const int MaxPath = 4000;

    public static readonly Setting<string?> Bucket = New<string?>(
        "s3.bucket", "Bucket for adapters and agents' updates, with store.bodies: s3.", new TextType(MaxText), null);

    public static readonly Setting<string?> Prefix = New<string?>(
        "s3.prefix", "What names of objects begin with, such as edgeflora/; one for each service.", new TextType(MaxText), null);

    public static readonly Setting<string?> Endpoint = New<string?>(
        "s3.endpoint", "Where S3 is spoken to, https://HOST:PORT; without it Amazon's in s3.region.", new TextType(MaxText), null);

    public static readonly Setting<string?> Region = New<string?>(
        "s3.region", $"Region of the bucket; without it {S3Options.UsualRegion}.", new TextType(MaxText), null);

    public static readonly Setting<bool> PathStyle = New(
        "s3.pathStyle",
        "Whether the bucket stands in the path of URLs and not in the host's name; without it, where s3.endpoint is given.",
        new FlagType(),
        false);

    public static readonly Setting<string?> Ca = New<string?>(
        "s3.ca", "PEM file with the authorities that may have signed the certificate of s3.endpoint.", new TextType(MaxPath), null);

    public static readonly Setting<string?> AccessKey = New<string?>(
        "s3.accessKey",
        "Id of the access key; without it AWS's own chain finds credentials: environment, profile, container or instance role.",
        new TextType(MaxText),
        null);

    public static readonly Setting<string?> SecretKeyFile = New<string?>(
        "s3.secretKeyFile", "File whose first line is the secret of s3.accessKey; others must not be able to read it.", new TextType(MaxPath), null);

    public static readonly Setting<TimeSpan> Timeout = New(
        "s3.timeout",
        "Longest that one step is tried again while S3 is away; then its run is taken up again, for as long as it takes.",
        new DurationType(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
        TimeSpan.FromSeconds(30));

    public static readonly Setting<bool> Unencrypted = New(
        "s3.unencrypted",
        "Whether another machine may be spoken to without TLS (an s3.endpoint of http://), on a network that is trusted.",
        new ChoiceType<bool>([("refused", false), ("accepted", true)]),
        false);

    public static SpecSectionSettings Settings { get; } = new(
        "s3",
        "The bucket for bodies.",
        [Bucket, Prefix, Endpoint, Region, PathStyle, Ca, AccessKey, SecretKeyFile, Timeout, Unencrypted]);

    private static Setting<T> New<T>(string path, string purpose, ISettingType<T> type, T standard) => new(path, purpose, path, type, standard);
}
