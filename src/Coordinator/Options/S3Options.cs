namespace EdgeFlora.Coordinator.Options;

/// <summary>The bucket that bodies of runs are kept in. Never shown with its secret key.</summary>
public sealed record S3Options
{
    /// <summary>Region where none is named.</summary>
    public const string UsualRegion = "us-east-1";

    private const string Named = "a name as S3 takes it: 3 to 63 of a-z, 0-9, - and .";

    /// <summary>Where it is spoken to; null: Amazon's S3 in <see cref="Region"/>.</summary>
    public Uri? Endpoint { get; init; }

    public string Region { get; init; } = UsualRegion;

    public required string Bucket { get; init; }

    /// <summary>What names of objects begin with: empty, or a path that ends with <c>/</c>.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Whether the bucket stands in the path, as servers of one's own have it; null: where <see cref="Endpoint"/> is given.</summary>
    public bool? PathStyle { get; init; }

    /// <summary>PEM file with the authorities that may have signed the server's certificate; null: those that the system trusts.</summary>
    public string? Ca { get; init; }

    /// <summary>Id of the access key; null: AWS's own chain finds credentials (environment, profile, container or instance).</summary>
    public string? AccessKey { get; init; }

    /// <summary>File whose first line is the secret of <see cref="AccessKey"/>. Read again for each request, so that it can be changed.</summary>
    public string? SecretKeyFile { get; init; }

    /// <summary>Longest that one step is tried again while S3 is away, 1 s … 10 min. Default 30 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether another machine may be spoken to without TLS. Default false.</summary>
    public bool AcceptsUnencrypted { get; init; }

    /// <summary>
    /// What is wrong, in a sentence that names the setting; null: it can be used. The files it names are looked at.
    /// </summary>
    public string? Problem() =>
        !IsBucket(Bucket) ? $"s3.bucket is '{Bucket}'; it must be {Named}."
        : !IsPrefix(Prefix) ? $"s3.prefix is '{Prefix}'; it must be a path that ends with /, such as edgeflora/, or be left out."
        : EndpointProblem() ?? KeyProblem()
        ?? (Ca is not null && !File.Exists(Ca) ? $"s3.ca is '{Ca}', which is no file; name a PEM file with certificates of authorities."
            : Timeout < TimeSpan.FromSeconds(1) || Timeout > TimeSpan.FromMinutes(10) ? $"s3.timeout is {Timeout}; it must be between 1 s and 10 min."
            : null);

    /// <summary>The secret of <see cref="AccessKey"/>.</summary>
    /// <exception cref="CoordinatorOptionsException">It cannot be read, or users outside the file's group can read it.</exception>
    public string SecretKey()
    {
        try
        {
            // The own group may read it: that is how Kubernetes gives a secret to a user other than root (fsGroup).
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(SecretKeyFile!) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
            {
                throw new CoordinatorOptionsException(
                    $"s3.secretKeyFile is '{SecretKeyFile}', which every user of this machine can read; close it: chmod 600 {SecretKeyFile}, or, "
                        + "where Kubernetes mounts it, defaultMode: 0400 in the volume of the secret");
            }

            return File.ReadLines(SecretKeyFile!).FirstOrDefault() is { Length: > 0 } secret
                ? secret.Trim()
                : throw new CoordinatorOptionsException(
                    $"s3.secretKeyFile is '{SecretKeyFile}', whose first line is empty; it must be the secret key.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CoordinatorOptionsException(
                $"s3.secretKeyFile is '{SecretKeyFile}', which cannot be read ({unreadable.Message.TrimEnd('.')}); its first line must be the secret "
                    + "key.",
                unreadable);
        }
    }

    /// <summary>Where it is, for people.</summary>
    public override string ToString() =>
        $"S3 bucket '{Bucket}'{(Prefix.Length == 0 ? "" : $" (prefix {Prefix})")} at "
            + (Endpoint?.GetLeftPart(UriPartial.Authority) ?? $"Amazon, {Region}");

    private string? EndpointProblem() => Endpoint switch
    {
        null => null,
        { Scheme: not ("http" or "https") } or { Host: "" } or { AbsolutePath: not "/" } or { Query: not "" } or { UserInfo: not "" } =>
            "s3.endpoint must be https://HOST:PORT and no more; the bucket is named by s3.bucket.",
        { Scheme: "http", IsLoopback: false } when !AcceptsUnencrypted =>
            $"s3.endpoint is '{Endpoint}', which is not encrypted: adapters and agents' updates would travel open; write https://, or, where that "
                + "network is trusted, s3.unencrypted: accepted.",
        _ => null,
    };

    private string? KeyProblem()
    {
        if ((AccessKey is null) != (SecretKeyFile is null))
        {
            return AccessKey is null
                ? $"s3.secretKeyFile is '{SecretKeyFile}', but s3.accessKey is missing; name the key that it is the secret of."
                : $"s3.accessKey is '{AccessKey}', but s3.secretKeyFile is missing; name the file with its secret.";
        }

        try
        {
            _ = AccessKey is null ? null : SecretKey();
            return null;
        }
        catch (CoordinatorOptionsException unusable)
        {
            return unusable.Message;
        }
    }

    private static bool IsBucket(string name) =>
        name.Length is >= 3 and <= 63 && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1])
        && name.All(sign => char.IsAsciiLetterLower(sign) || char.IsAsciiDigit(sign) || sign is '-' or '.')
        && !name.Contains("..", StringComparison.Ordinal);

    private static bool IsPrefix(string prefix) => prefix.Length == 0
        || (prefix.Length <= 300 && prefix.EndsWith('/') && !prefix.StartsWith('/') && !prefix.Contains("//", StringComparison.Ordinal)
            && prefix.All(sign => char.IsAsciiLetterOrDigit(sign) || sign is '-' or '.' or '_' or '/')
            && prefix.Split('/').All(part => part is not ("." or "..")));
}
