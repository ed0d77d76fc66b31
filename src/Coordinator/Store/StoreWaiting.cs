namespace EdgeFlora.Coordinator.Store;

/// <summary>Waits for a database and says for how long: at once, and then every minute.</summary>
internal sealed class StoreWaiting(StoreAccess access)
{
    private static readonly TimeSpan SayEvery = TimeSpan.FromMinutes(1);

    private readonly long began = access.Time.GetTimestamp();
    private TimeSpan told = TimeSpan.MinValue;

    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public void Wait(TimeSpan pause)
    {
        TimeSpan waited = access.Time.GetElapsedTime(began);
        if (told == TimeSpan.MinValue || waited - told >= SayEvery)
        {
            told = waited;
            access.OnLocked(waited);
        }

        // Synchronous, as all writing is: whoever writes has nothing else to do until this is done.
        Task.Delay(pause, access.Time, access.Stop).GetAwaiter().GetResult();
    }
}
