using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Coordinator.Configuration;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Service;

/// <summary>The bucket that a service keeps bodies in. The secret key's file comes from the environment before it comes from the file.</summary>
internal static class BucketArguments
{
    /// <summary>File whose first line is the secret of the access key for the bucket (<c>s3.secretKeyFile</c>).</summary>
    private const string SecretVariable = "EDGEFLORA_S3_SECRET_KEY_FILE";

    /// <summary>Name under which systemd hands the secret over: <c>LoadCredential=s3-secret-key:FILE</c>.</summary>
    private const string SecretCredential = "s3-secret-key";

    /// <returns>Null: bodies are kept elsewhere.</returns>
    /// <exception cref="InputException">Settings are missing, or have no use.</exception>
    /// <exception cref="CoordinatorOptionsException">A value cannot be used.</exception>
    public static S3Options? Read(ServiceConfiguration file)
    {
        if (file.StoreBodies != BodyPlace.S3)
        {
            RefuseIdle(file);
            return null;
        }

        Uri? endpoint = null;
        if (file.S3Endpoint is { } written && !Uri.TryCreate(written, UriKind.Absolute, out endpoint))
        {
            throw new InputException($"s3.endpoint is '{written}'; it must be https://HOST:PORT");
        }

        var options = new S3Options
        {
            Bucket = file.S3Bucket ?? throw new InputException("store.bodies is s3, but s3.bucket is missing; name the bucket for bodies"),
            Prefix = file.S3Prefix ?? "",
            Endpoint = endpoint,
            Region = file.S3Region ?? S3Options.UsualRegion,
            PathStyle = file.S3PathStyle,
            Ca = file.S3Ca,
            AccessKey = file.S3AccessKey,
            SecretKeyFile = file.S3AccessKey is null ? file.S3SecretKeyFile
                : GivenByEnvironment.Value(SecretVariable) ?? GivenByEnvironment.Credential(SecretCredential) ?? file.S3SecretKeyFile,
            AcceptsUnencrypted = file.S3Unencrypted == true,
        };
        if (file.S3Timeout is { } timeout)
        {
            options = options with { Timeout = timeout };
        }

        return options.Problem() is { } wrong ? throw new CoordinatorOptionsException(wrong) : options;
    }

    /// <summary>Refuses a bucket that nothing would be kept in.</summary>
    public static void RefuseIdle(ServiceConfiguration file)
    {
        if (file.StoreBodies != BodyPlace.S3
            && ((file.S3Bucket ?? file.S3Prefix ?? file.S3Endpoint ?? file.S3Region ?? file.S3Ca) is not null
                || (file.S3AccessKey ?? file.S3SecretKeyFile) is not null
                || (file.S3PathStyle ?? file.S3Unencrypted) is not null || file.S3Timeout is not null))
        {
            throw new InputException("s3 is given, but store.bodies is not s3; write store.bodies: s3, or leave s3 out");
        }
    }
}
