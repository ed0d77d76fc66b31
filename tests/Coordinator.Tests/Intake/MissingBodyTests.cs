using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Intake;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Intake;

/// <summary>Bodies that the coordinator has lost or can't read: a fault of its own, which costs no agent its update.</summary>
public sealed class MissingBodyTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_body_that_is_lost_is_asked_for_again_and_its_update_counts()
    {
        await using RunRig rig = await IntakeRig.StartAsync(folder);
        TaskOffer offer = await rig.OfferAsync("a");
        ResultReady result = rig.Result(offer);
        byte[] body = rig.Blobs.ReadAll(result.Claim!.Sha256);
        rig.Blobs.Remove(result.Claim.Sha256);

        await rig.PostAsync(result);
        ResultRejected rejected = await rig.Sender.ForAsync<ResultRejected>("a");
        await AnnounceAsync(rig, offer, result.Claim);
        rig.Blobs.Put(body, offer.Codec);
        await rig.PostAsync(result);

        await rig.Sender.ForAsync<ResultAck>("a");
        Assert.Equal(
            (RejectionCode.BodyMissing, $"The body {result.Claim.Sha256} of {result.Claim.Size} bytes is not here. It is to be handed over again."),
            (rejected.Code, rejected.Detail));
        Assert.Equal(result.Claim.Sha256, ((BlobAnnounced)Assert.Single(rig.Transfers).Message).Claim.Sha256);
        Assert.DoesNotContain(rig.Sender.Events, happened => happened.Kind == RunEventKind.AgentQuarantined);
    }

    [Fact]
    public async Task A_body_that_can_not_be_read_is_looked_into_three_times_and_then_asked_for_anew()
    {
        await using RunRig rig = await IntakeRig.StartAsync(folder);
        ResultReady result = rig.Result(await rig.OfferAsync("a"));
        byte[] body = rig.Blobs.ReadAll(result.Claim!.Sha256);
        ResultRejected rejected;
        using (HeldShut(rig, result))
        {
            rejected = await rig.RejectedAsync(result, RejectionCode.BodyMissing);
        }

        Assert.StartsWith($"The body {result.Claim.Sha256} could not be looked into, 3 times: ", rejected.Detail, StringComparison.Ordinal);
        Assert.Equal(
            3,
            rig.Log.Lines.Count(
                line => line.Contains("could not be read", StringComparison.Ordinal) && line.Contains(nameof(IOException), StringComparison.Ordinal)));
        Assert.False(rig.Blobs.Contains(result.Claim.Sha256));
        rig.Blobs.Put(body, result.Claim.Codec);
        await rig.PostAsync(result);
        await rig.Sender.ForAsync<ResultAck>("a");
    }

    [Fact]
    public async Task A_body_that_is_lost_every_time_ends_its_task_with_the_reason_and_not_the_agents_part_in_the_run()
    {
        await using RunRig rig = await IntakeRig.StartAsync(folder);
        ResultReady result = rig.Result(await rig.OfferAsync("a"));
        rig.Blobs.Remove(result.Claim!.Sha256);

        ResultRejected ended = await rig.RejectedAsync(result, RejectionCode.CoordinatorFault);

        Assert.EndsWith("It was handed over again 3 times.", ended.Detail, StringComparison.Ordinal);
        Assert.Equal(ResultHandler.MaxHandOvers, rig.Sender.Sent.Count(sent => sent.Message is ResultRejected { Code: RejectionCode.BodyMissing }));
        Assert.Equal("a", (await rig.Sender.EventAsync(RunEventKind.TaskFailed)).AgentId);
        foreach (string other in new[] { "b", "c", "d" })
        {
            await rig.PostAsync(rig.Result(await rig.OfferAsync(other)));
        }

        await rig.OfferAsync("a", round: 2);
    }

    private static Task AnnounceAsync(RunRig rig, TaskOffer offer, BlobClaim claim) =>
        rig.PostAsync(new BlobAnnounced { Header = rig.Reply(offer.Header, nameof(BlobAnnounced)), Claim = claim });

    /// <summary>As a fault of the disk would: whoever opens the body's file fails.</summary>
    private static FileStream HeldShut(RunRig rig, ResultReady result) => new(
        rig.Blobs.FileOf(result.Claim!.Sha256), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
}
