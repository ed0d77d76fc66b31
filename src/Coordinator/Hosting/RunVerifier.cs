using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Merges rounds again for operators, one at a time: a merge takes as much memory and as many threads as a run's own.</summary>
internal sealed class RunVerifier
{
    private int busy;

    /// <exception cref="ServiceRefusedException">Another round is being merged again.</exception>
    public async Task<RoundVerification> VerifyAsync(RunVerification verification, BlobStore bodies, CancellationToken stop)
    {
        if (Interlocked.Exchange(ref busy, 1) == 1)
        {
            throw new ServiceRefusedException(
                ProblemCode.Conflict,
                "Another round is being merged again; the service does that with one at a time.",
                "Try again when that one is done.");
        }

        return await Task.Run(() => Merge(verification, bodies), CancellationToken.None).WaitAsync(stop);
    }

    private RoundVerification Merge(RunVerification verification, BlobStore bodies)
    {
        try
        {
            return verification.Run(bodies);
        }
        finally
        {
            Volatile.Write(ref busy, 0);
        }
    }
}
