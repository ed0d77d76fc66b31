namespace EdgeFlora.Coordinator.Store;

/// <summary>The right to lead on a database that others use too. It lapses unless it is renewed. Thread-safe.</summary>
internal interface IServiceLease : IDisposable
{
    /// <summary>Whether nobody else can lead yet, by this machine's own clock.</summary>
    bool IsHeld { get; }

    /// <summary>Renews it until stopped.</summary>
    /// <exception cref="TermLostException">Another service leads, or it could not be renewed in time.</exception>
    Task KeepAsync(CancellationToken stop);

    /// <summary>Lets go of it, so that the next need not wait until it lapses. Does nothing where the database is away or another leads.</summary>
    void Release();
}
