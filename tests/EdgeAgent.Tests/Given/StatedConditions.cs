using EdgeFlora.EdgeAgent.Availability;

namespace EdgeFlora.EdgeAgent.Tests.Given;

/// <summary>A device whose state a test says.</summary>
internal sealed class StatedConditions : IDeviceConditions
{
    private volatile bool stated = true;
    private volatile bool onBattery;
    private int looks;

    /// <summary>How often somebody looked since the battery was last spoken of.</summary>
    public int Looks => Volatile.Read(ref looks);

    public bool? OnBattery
    {
        get
        {
            Interlocked.Increment(ref looks);
            return stated ? onBattery : null;
        }

        set
        {
            (stated, onBattery) = (value is not null, value ?? false);
            Volatile.Write(ref looks, 0);
        }
    }

    public bool? Metered { get; set; } = false;
}
