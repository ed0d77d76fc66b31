using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Connection;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Resilience;
using EdgeFlora.Transport.Blobs;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>Hands the body of a task's update over to the coordinator, and once more if that has lost it.</summary>
internal sealed class BodyHandOver(
    ResilienceOptions resilience, BlobStore blobs, BlobExchange exchange, AgentConnection connection, TimeProvider clock, ILogger log)
{
    /// <summary>
    /// Offers the body until it is taken or nobody wants it any more: a coordinator without a place for it, or whose disk failed, may have mended
    /// that before the round is over.
    /// </summary>
    public async Task HandOverAsync(BlobClaim claim, TaskOffer offer, CancellationToken cancel)
    {
        TimeSpan pause = resilience.FirstDelay;
        while (true)
        {
            if (!blobs.Contains(claim.Sha256))
            {
                throw new InvalidDataException($"The trained body {claim.Sha256} is no longer in the state folder.");
            }

            try
            {
                await connection.Pipelines.Transfer.ExecuteAsync(
                    async token => await exchange.HandOverAsync(claim, connection.Coordinator(offer), token),
                    cancel);
                return;
            }
            catch (BlobRefusedException refused)
            {
                log.BodyNotTaken(offer.Header.Round, pause, refused.Message);
                await Task.Delay(Jitter.Stretch(pause), clock, cancel);
                pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, resilience.LongestDelay.Ticks));
            }
        }
    }

    /// <summary>
    /// The coordinator no longer has the body that it took, as after a fault of its disk. Nothing is trained anew for that. It is the coordinator
    /// that gives up after a few times.
    /// </summary>
    /// <returns>Whether it has it now; it may want no more of this task.</returns>
    public async Task<bool> HandOverAgainAsync(TaskHandle handle, BlobClaim claim, CancellationToken cancel)
    {
        handle.Progress.Enter(TaskPhase.Uploading);
        try
        {
            await connection.Pipelines.Transfer.ExecuteAsync(
                async token => await exchange.HandOverAsync(claim, connection.Coordinator(handle.Offer), token),
                cancel);
        }
        catch (BlobRefusedException refused)
        {
            log.BodyNotTakenAgain(handle.Offer.Header.Round, refused.Message);
            return false;
        }

        handle.AwaitAnswerAnew();
        handle.Progress.Enter(TaskPhase.Reporting);
        return true;
    }
}
