using EdgeFlora.Coordinator.Blobs;
using EdgeFlora.Coordinator.Replicas;
using EdgeFlora.Coordinator.Store;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Waits, beside other replicas, until this one leads.</summary>
internal sealed class Leadership(ILogger log)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    private readonly FollowedLeader followed = new();
    private volatile string? sentence;

    /// <summary>Why this replica does not lead, as a sentence without its full stop; null: it leads, or is about to, or is the only one.</summary>
    public string? StandsBy => sentence;

    /// <summary>Told each time <see cref="StandsBy"/> changes.</summary>
    public Action<string> Told { get; init; } = static _ => { };

    /// <summary>Who leads while this replica stands by; null: nobody that it knows of.</summary>
    public LeadingReplica? Leading => followed.Current;

    /// <summary>Told where requests go, each time that another leads.</summary>
    public Action<Uri> HandsOn { get; init; } = static _ => { };

    /// <summary>Whether this process has been at the database before: then it waits for one that is away from the beginning.</summary>
    public bool ComesBack { get; init; }

    /// <summary>Leads, after all that led before.</summary>
    /// <returns>Null: stopped before that.</returns>
    public async Task<ServiceStore?> LeadAsync(
        IStoreDatabase database, CoordinatorHostOptions options, string holder, StoreAccess access, CancellationToken stop)
    {
        void Accept(Guid service, bool isNew)
        {
            if (options.Postgres is { } shared)
            {
                SharedFolder.Accept(options.Store, shared, service, isNew);
            }
        }

        if (options.Postgres is not null)
        {
            sentence = "it has just started and looks who leads"; // stands by until it is known
        }

        // At each look, for the first body comes at any time: one that could not serve does not wait until it leads to say so.
        void Require() => SharedFolder.RequireBodies(options.Postgres, database);

        long? dropped = null;
        void Beside(StoreLeader leader)
        {
            SharedFolder.Beside(options.Store, options.Postgres!, leader.Service);
            if (options.Postgres!.SharesNoFolder && dropped != leader.Term)
            {
                RunBodies.DropAllCopies(options.Store);
                dropped = leader.Term;
            }
        }

        Task<ServiceStore> FirstAsync() => WinAsync(database, holder, access, Accept, Require, Beside, stop);

        try
        {
            // Whoever starts a replica does not wait for its database, which may be away.
            return await (options.Postgres is null ? FirstAsync() : Task.Run(FirstAsync, CancellationToken.None));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Waits for as long as another leads and as the database is away; not for one that was never reached.</summary>
    /// <param name="accept">As <see cref="ServiceStore.TryLead"/> has it.</param>
    /// <param name="require">Likewise.</param>
    /// <param name="beside">Called with who leads.</param>
    /// <exception cref="StoreUnavailableException">The database does not let us in.</exception>
    private async Task<ServiceStore> WinAsync(
        IStoreDatabase database, string holder, StoreAccess access, Action<Guid, bool> accept, Action require, Action<StoreLeader> beside,
        CancellationToken stop)
    {
        bool reached = ComesBack;
        while (true)
        {
            try
            {
                if (ServiceStore.TryLead(database, holder, access, accept, require) is { } store)
                {
                    sentence = null;
                    followed.Forget();
                    return store;
                }

                reached = true;
                StoreLeader? leader = database.Leader();
                if (leader is not null)
                {
                    beside(leader);
                }

                Follow(leader);

                Say(leader is null
                    ? "no replica leads at this moment; one takes over within seconds"
                    : $"{leader.Holder} leads (term {leader.Term})");
            }
            catch (Exception away) when (reached && database.IsOutage(away))
            {
                Say($"the database is away ({away.Message.TrimEnd('.')})");
            }
            catch (Exception broken) when (reached && broken is IOException or UnauthorizedAccessException)
            {
                // It may pass, as a share of the network does that is away for a moment.
                Say($"its state folder cannot be used ({broken.Message.TrimEnd('.')})");
            }

            await Task.Delay(Look, access.Time, stop);
        }
    }

    private void Follow(StoreLeader? leader)
    {
        if (leader is null)
        {
            followed.Forget();
        }
        else if (followed.Follow(leader.Holder, leader.Term, leader.Address) && leader.Address is { } address)
        {
            log.HandsOn(address.Url);
            HandsOn(address.Url);
        }
    }

    private void Say(string now)
    {
        if (now != sentence)
        {
            sentence = now;
            log.StandsBy(now);
            Told(now);
        }
    }
}
