namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Remembers how often runs broke and how long those are left alone that could not be led. Thread-safe.</summary>
internal sealed class RunSetbacks(TimeProvider time)
{
    /// <summary>So often a run may break before it has failed.</summary>
    public const int MaxBreaks = 3;

    /// <summary>
    /// How long a run is left alone after a fault of the disk or the broker, which is not its own: it is taken up again for as long as that takes.
    /// </summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly Dictionary<Guid, int> breaks = [];
    private readonly Dictionary<Guid, DateTimeOffset> leftAloneUntil = [];

    /// <summary>Whether a run may be taken up now.</summary>
    public bool MayBeTakenUp(Guid run)
    {
        lock (gate)
        {
            return time.GetUtcNow() >= leftAloneUntil.GetValueOrDefault(run);
        }
    }

    public void LeaveAlone(Guid run)
    {
        lock (gate)
        {
            leftAloneUntil[run] = time.GetUtcNow() + Pause;
        }
    }

    /// <summary>A run has broken; how often it has by now.</summary>
    public int Broke(Guid run)
    {
        lock (gate)
        {
            return breaks[run] = breaks.GetValueOrDefault(run) + 1;
        }
    }

    /// <summary>A run went well to its end.</summary>
    public void Forget(Guid run)
    {
        lock (gate)
        {
            breaks.Remove(run);
            leftAloneUntil.Remove(run);
        }
    }
}
