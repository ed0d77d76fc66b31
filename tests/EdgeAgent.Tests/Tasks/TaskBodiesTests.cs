using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.EdgeAgent.Tests.Given;

namespace EdgeFlora.EdgeAgent.Tests.Tasks;

public sealed class TaskBodiesTests
{
    /// <summary>Whoever adds a body to offers decides here whether the agent fetches it, and with that whether it counts by limits.disk.</summary>
    [Fact]
    public void All_bodies_of_an_offer_but_the_base_models_are_fetched()
    {
        TaskOffer bare = Offers.Bare();
        TaskOffer full = bare with { BaseDelta = Claim('1'), Control = Claim('2'), BaseArchive = Claim('3') };

        Assert.Equal([bare.Adapter], TaskBodies.Of(bare));
        Assert.Equal([full.Adapter, full.BaseDelta, full.Control], TaskBodies.Of(full));
        Assert.Equal(
            [nameof(TaskOffer.Adapter), nameof(TaskOffer.BaseArchive), nameof(TaskOffer.BaseDelta), nameof(TaskOffer.Control)],
            typeof(TaskOffer).GetProperties().Where(member => member.PropertyType == typeof(BlobClaim)).Select(member => member.Name).Order());
    }

    private static BlobClaim Claim(char name) => new() { Sha256 = new string(name, 64), Size = 10, ChunkSize = 10, Codec = "fp16" };
}
