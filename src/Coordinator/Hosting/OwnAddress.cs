using System.Data.Common;
using EdgeFlora.Coordinator.Replicas;
using EdgeFlora.Coordinator.Store;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Where this replica is reached, told to the others through the database while it leads.</summary>
internal sealed class OwnAddress(TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource<ReplicaAddress> known = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>It is known from now on.</summary>
    public void Set(ReplicaAddress address) => known.TrySetResult(address);

    /// <summary>Tells it as soon as it is known; again and again while the database is away.</summary>
    /// <param name="term">Under which this replica leads.</param>
    public async Task TellAsync(IStoreDatabase database, long term, CancellationToken stop)
    {
        ReplicaAddress address = await known.Task.WaitAsync(stop);
        while (true)
        {
            try
            {
                await Task.Run(() => database.Tell(address, term), stop);
                return;
            }
            catch (DbException away)
            {
                log.AddressNotTold(away.Message.TrimEnd('.'));
            }

            await Task.Delay(Again, time, stop);
        }
    }
}
