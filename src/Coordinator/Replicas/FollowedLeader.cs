namespace EdgeFlora.Coordinator.Replicas;

/// <summary>What a replica that stands by knows of the one that leads. Written by one thread, read by many.</summary>
internal sealed class FollowedLeader
{
    private TaskCompletionSource ended = Ending();
    private volatile LeadingReplica? current;

    /// <summary>Null: nobody is known to lead, or this one does.</summary>
    public LeadingReplica? Current => current;

    /// <summary>It leads now.</summary>
    /// <returns>Whether that or its address is new.</returns>
    public bool Follow(string holder, long term, ReplicaAddress? address)
    {
        if (current is { } known && known.Term == term)
        {
            current = known with { Address = address };
            return known.Address != address;
        }

        Forget();
        current = new LeadingReplica(holder, term, address, ended.Task);
        return true;
    }

    /// <summary>Nobody does, or this one.</summary>
    public void Forget()
    {
        current = null;
        ended.TrySetResult();
        ended = Ending();
    }

    private static TaskCompletionSource Ending() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
