using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Amazon.Runtime;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Coordinator.Store.S3;

/// <summary>What went wrong with a request to S3.</summary>
/// <param name="Sentence">What is wrong and, behind the last semicolon, what mends it; never a secret.</param>
/// <param name="IsTransient">Whether the same may work in a moment.</param>
/// <param name="IsMissing">Whether all that is wrong is that there is no such object or upload.</param>
/// <param name="IsUnreachable">Whether nobody answered.</param>
internal sealed record S3Failure(string Sentence, bool IsTransient = false, bool IsMissing = false, bool IsUnreachable = false)
{
    /// <summary>What a server says of an error is shown, so many characters of it.</summary>
    private const int MostSaid = 300;

    /// <param name="deed">What was tried, after "may not": <c>write objects (s3:PutObject)</c>.</param>
    public static S3Failure Of(Exception failure, S3Options options, string deed)
    {
        S3Failure told = Told(failure, options, deed);
        return told with { Sentence = $"{options}: {told.Sentence}." };
    }

    /// <returns>Without the place, and the full stop.</returns>
    private static S3Failure Told(Exception failure, S3Options options, string deed)
    {
        Exception[] causes = [.. Causes(failure)];
        if (causes.OfType<CoordinatorOptionsException>().FirstOrDefault() is { } setting)
        {
            return new(setting.Message.TrimEnd('.'));
        }

        if (causes.OfType<AuthenticationException>().FirstOrDefault() is { } tls)
        {
            return new(
                $"its certificate is not accepted ({tls.Message.TrimEnd('.')}); it must be for '{options.Endpoint?.Host ?? "Amazon"}' and signed by "
                    + "an authority that the system trusts or s3.ca names");
        }

        if (causes.OfType<AmazonServiceException>().FirstOrDefault(cause => cause.StatusCode != 0) is { } refused)
        {
            return Refused(refused, options, deed);
        }

        Exception telling = failure is TimeoutException ? failure : causes.OfType<SocketException>().FirstOrDefault() ?? causes[^1];
        string why = telling.Message.TrimEnd('.');
        bool isUnreachable = !causes.OfType<AmazonClientException>().Any()
            && causes.Any(cause => cause is SocketException or HttpRequestException or IOException or OperationCanceledException or TimeoutException);
        return isUnreachable
            ? new($"it cannot be reached ({why}); see that it runs and that s3.endpoint names it", IsTransient: true, IsUnreachable: true)
            : new($"its answer cannot be used ({why}); look into the server, and into what stands before it", IsTransient: true);
    }

    /// <inheritdoc cref="Told"/>
    private static S3Failure Refused(AmazonServiceException refused, S3Options options, string deed)
    {
        string said = Said(refused);
        return (refused.ErrorCode, refused.StatusCode) switch
        {
            ("NoSuchKey" or "NoSuchUpload", _) => new($"there is no such object ({said})", IsMissing: true),
            ("NoSuchBucket", _) => new("there is no such bucket; make it, or correct s3.bucket or s3.region"),
            ("InvalidAccessKeyId", _) => new($"it does not know the access key{Key(options)}; correct s3.accessKey"),
            ("SignatureDoesNotMatch", _) => new(
                $"it refuses the secret of the access key{Key(options)}; correct the file that s3.secretKeyFile names, and s3.accessKey"),
            ("ExpiredToken" or "InvalidToken" or "TokenRefreshRequired", _) => new(
                $"the credentials of this machine have run out ({said}); have AWS's chain find fresh ones, or name a key with s3.accessKey"),
            ("RequestTimeTooSkewed" or "RequestExpired", _) => new(
                "this machine's clock differs from its own by more than a quarter of an hour; set it right (chronyc makestep)"),
            ("PermanentRedirect" or "TemporaryRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException", _)
                or (_, HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect) => new(
                $"the bucket is in another region than {options.Region} ({said}); correct s3.region"),
            ("QuotaExceeded" or "InsufficientStorage" or "XMinioStorageFull" or "EntityTooLarge" or "ServiceQuotaExceededException", _)
                or (_, HttpStatusCode.InsufficientStorage) => new(
                $"it has no room ({said}); make room, or raise the quota of s3.bucket"),
            ("NotImplemented" or "MethodNotAllowed", _) or (_, HttpStatusCode.NotImplemented) => new(
                $"it does not know how to {deed} ({said}); name another server with s3.endpoint"),
            ("AccessDenied" or "AllAccessDisabled", _) or (_, HttpStatusCode.Forbidden) => new(
                $"the access key{Key(options)} may not {deed} ({said}); grant it in the bucket's policy, or name another with s3.accessKey"),
            ("SlowDown" or "RequestTimeout" or "RequestTimeoutException" or "Throttling", _)
                or (_, >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests) => new(
                $"it is too busy or broken ({said}); look into its state", IsTransient: true),
            (_, HttpStatusCode.NotFound) => new("it answers that there is no such thing; correct s3.bucket or s3.endpoint"),
            _ => new($"it answers: {said}; look into its log"),
        };
    }

    private static string Key(S3Options options) => options.AccessKey is { } key ? $" '{key}'" : "";

    private static string Said(AmazonServiceException refused)
    {
        string message = refused.Message.Length > MostSaid ? refused.Message[..MostSaid] : refused.Message;
        return FormattableString.Invariant($"{(int)refused.StatusCode} {refused.ErrorCode}: {message.TrimEnd('.')}");
    }

    private static IEnumerable<Exception> Causes(Exception failure)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }
}
