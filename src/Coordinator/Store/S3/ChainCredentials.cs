using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Coordinator.Store.S3;

/// <summary>
/// What AWS's own chain finds: environment, profile, container or instance. It renews what runs out, before it does. Where it finds nothing a
/// sentence says what was tried.
/// </summary>
internal sealed class ChainCredentials(IClientConfig config) : AWSCredentials
{
    public override ImmutableCredentials GetCredentials() => GetCredentialsAsync().GetAwaiter().GetResult();

    /// <exception cref="CoordinatorOptionsException">There are none.</exception>
    public override async Task<ImmutableCredentials> GetCredentialsAsync()
    {
        try
        {
            AWSCredentials found = await DefaultAWSCredentialsIdentityResolver.GetCredentialsAsync(config).ConfigureAwait(false);
            return await found.GetCredentialsAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            throw new CoordinatorOptionsException(CredentialChain.WhyNot(failure, Environment.GetEnvironmentVariable), failure);
        }
    }
}
