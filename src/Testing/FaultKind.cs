namespace EdgeFlora.Testing;

/// <summary>What can happen to a member of a federation.</summary>
public enum FaultKind
{
    /// <summary>It ends at once, as in a power cut, and is started again.</summary>
    Kill,

    /// <summary>It stands still, and goes on.</summary>
    Pause,

    /// <summary>Nothing that it sends or that is sent to it arrives, and nobody is told; then its network is there again.</summary>
    Cut,

    /// <summary>Its training steps take many times as long.</summary>
    Slow,
}
