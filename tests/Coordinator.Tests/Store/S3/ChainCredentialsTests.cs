using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store.S3;
using EdgeFlora.Coordinator.Tests.Given.ObjectStore;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Tests.Store.S3;

/// <summary>
/// A bucket without a key in the settings, with what AWS's own chain finds. Alone, for the chain looks into the environment of the process.
/// </summary>
[Collection(EnvironmentGroup.Name)]
public sealed class ChainCredentialsTests(SwiftFixture swift)
{
    /// <summary>The client renews credentials 5 min before they run out; these are always about to.</summary>
    private static readonly TimeSpan AboutToEnd = TimeSpan.FromMinutes(4);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>In one test, for the client keeps what it has found for as long as its process lives.</summary>
    [Fact]
    public async Task What_a_container_is_given_counts_and_is_renewed_before_it_runs_out()
    {
        await using CredentialsEndpoint endpoint = await CredentialsEndpoint.StartAsync();
        using ObjectStore objects = await OpenAsync();

        ArchiveAwayException none = await Assert.ThrowsAsync<ArchiveAwayException>(() => objects.TextAsync("one", Stop));
        Assert.False(none.IsTransient);
        Assert.StartsWith(
            $"{objects.Options}: no credentials are found: AWS_ACCESS_KEY_ID is not set, the profile 'default' gives none, "
                + $"AWS_CONTAINER_CREDENTIALS_FULL_URI '{endpoint.Url}' gives none (",
            none.Message,
            StringComparison.Ordinal);
        Assert.EndsWith("or give this machine or container a role.", none.Message, StringComparison.Ordinal);

        endpoint.Gives = (PrivateSwift.AccessKey, PrivateSwift.SecretKey, AboutToEnd);
        await objects.PutTextAsync("one", "1", Stop);

        // Those of before are good for minutes still; that others count shows that they were renewed.
        endpoint.Gives = (PrivateSwift.Stranger, PrivateSwift.StrangersKey, AboutToEnd);
        string? refused = null;
        await LimitedWait.UntilAsync(
            async () => (refused = await RefusalAsync(objects)) is not null, state: null, "the new credentials count");
        Assert.Contains("may not read objects (s3:GetObject)", refused, StringComparison.Ordinal);

        endpoint.Gives = (PrivateSwift.AccessKey, PrivateSwift.SecretKey, TimeSpan.FromHours(1));
        await LimitedWait.UntilAsync(async () => await RefusalAsync(objects) is null, state: null, "the next credentials count");
        int asked = endpoint.Asked;
        Assert.Equal("1", await objects.TextAsync("one", Stop));
        Assert.Equal(asked, endpoint.Asked);
    }

    private static async Task<string?> RefusalAsync(ObjectStore objects)
    {
        try
        {
            await objects.TextAsync("one", Stop);
            return null;
        }
        catch (ArchiveAwayException away)
        {
            return away.Message;
        }
    }

    private async Task<ObjectStore> OpenAsync()
    {
        S3Options bucket = await (await swift.ServerAsync()).NewBucketAsync();
        return new ObjectStore(bucket with { AccessKey = null, SecretKeyFile = null }, TimeProvider.System);
    }
}
