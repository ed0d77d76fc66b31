using EdgeFlora.Coordinator.Replicas;

namespace EdgeFlora.Coordinator.Store;

/// <summary>The service that leads on a database.</summary>
/// <param name="Holder">Its machine and process, for people.</param>
/// <param name="Service">Id of the service that it is a replica of.</param>
internal sealed record StoreLeader(string Holder, long Term, Guid Service)
{
    /// <summary>Where it is reached; null: it has not said so.</summary>
    public ReplicaAddress? Address { get; init; }
}
