using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Coordinator.Tests.Intake;

namespace EdgeFlora.Coordinator.Tests.Blobs;

public sealed class BlobHandlerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_body_is_taken_only_from_an_agent_with_a_task_and_only_of_the_right_size()
    {
        await using RunRig rig = await IntakeRig.StartAsync(folder);
        TaskOffer offer = await rig.OfferAsync("a");
        BlobClaim claim = rig.Result(offer).Claim!;
        BlobAnnounced Announce(BlobClaim announced) => new() { Header = rig.Reply(offer.Header, nameof(BlobAnnounced)), Claim = announced };

        await rig.PostAsync(Announce(claim));
        await rig.PostAsync(Announce(claim with { Size = WireLimits.MaxBlobBytes }));
        await rig.PostAsync(Announce(claim) with { Header = rig.Reply(offer.Header, nameof(BlobAnnounced)) with { TaskId = Guid.Empty } });

        Assert.Single(rig.Transfers);
        await rig.Sender.ForAsync<BlobRefused>("a", refused => refused.Reason.Contains("has 2147483648 bytes", StringComparison.Ordinal));
        await rig.Sender.ForAsync<BlobRefused>("a", refused => refused.Reason.Contains("no task in the present round", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_models_of_the_run_are_handed_out()
    {
        await using RunRig rig = await IntakeRig.StartAsync(folder);
        TaskOffer offer = await rig.OfferAsync("a");
        string secret = rig.Result(offer).Claim!.Sha256;

        await rig.PostAsync(new BlobWanted { Header = rig.Reply(offer.Header, nameof(BlobWanted)), Sha256 = offer.Adapter.Sha256, Missing = [0] });
        await rig.PostAsync(new BlobWanted { Header = rig.Reply(offer.Header, nameof(BlobWanted)), Sha256 = secret, Missing = [0] });

        Assert.Equal(offer.Adapter.Sha256, ((BlobWanted)Assert.Single(rig.Transfers).Message).Sha256);
        Assert.Equal(secret, (await rig.Sender.ForAsync<BlobRefused>("a")).Sha256);
    }
}
