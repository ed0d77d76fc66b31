using Amazon.Runtime.CredentialManagement;

namespace EdgeFlora.Coordinator.Store.S3;

/// <summary>Where AWS's own chain looks for credentials, and what it met there.</summary>
internal static class CredentialChain
{
    private const string Relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
    private const string Full = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

    /// <summary>What the client says of a cause stands between these.</summary>
    private const string Said = "Message = \"";

    /// <summary>Why there are no credentials, and what mends it, in one sentence.</summary>
    /// <param name="failure">What the client throws: of a container's endpoint the reason, of all others a list of several lines.</param>
    /// <param name="variable">Reads the environment.</param>
    public static string WhyNot(Exception failure, Func<string, string?> variable)
    {
        string? Set(string name) => variable(name) is { Length: > 0 } value ? value : null;
        return $"no credentials are found: {string.Join(", ", Tried(failure, Set))}; name them with s3.accessKey and s3.secretKeyFile, in "
            + "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this machine or container a role.";
    }

    private static IEnumerable<string> Tried(Exception failure, Func<string, string?> set)
    {
        yield return (set("AWS_ACCESS_KEY_ID"), set("AWS_SECRET_ACCESS_KEY")) switch
        {
            (null, null) => "AWS_ACCESS_KEY_ID is not set",
            (null, _) => "AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID",
            (_, null) => "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY",
            _ => "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY cannot be used",
        };
        if (set("AWS_WEB_IDENTITY_TOKEN_FILE") is not null)
        {
            yield return "AWS_WEB_IDENTITY_TOKEN_FILE is set, which this program does not use (it takes EKS Pod Identity)";
        }

        if (failure is ProfileNotFoundException && set("AWS_PROFILE") is { } named)
        {
            // One that is named must be there: nothing behind it is tried.
            yield return $"there is no profile '{named}', which AWS_PROFILE names";
            yield break;
        }

        yield return $"the profile '{set("AWS_PROFILE") ?? "default"}' gives none";
        if ((set(Relative) is { } relative ? (Relative, relative) : set(Full) is { } full ? (Full, full) : default) is (var name, { } address))
        {
            yield return $"{name} '{address}' gives none ({Reason(failure.Message)})";
        }
        else
        {
            yield return string.Equals(set("AWS_EC2_METADATA_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)
                ? "instances are not asked for a role (AWS_EC2_METADATA_DISABLED)"
                : "no role of an instance is to be had";
        }
    }

    private static string Reason(string message)
    {
        int begin = message.IndexOf(Said, StringComparison.Ordinal);
        string reason = begin < 0 ? message : message[(begin + Said.Length)..].TrimEnd('"');
        return reason.Split('\n')[0].Trim().TrimEnd('.');
    }
}
