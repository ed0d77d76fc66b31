namespace EdgeFlora.Coordinator.Replicas;

/// <summary>The replica that leads, as one that stands by knows it.</summary>
/// <param name="Holder">Its machine and process, for people.</param>
/// <param name="Address">Where it is reached; null: it has not said so, or is of a build that does not.</param>
/// <param name="Ended">Completes when it is known to lead no more.</param>
public sealed record LeadingReplica(string Holder, long Term, ReplicaAddress? Address, Task Ended);
