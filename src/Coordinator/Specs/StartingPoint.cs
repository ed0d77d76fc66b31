namespace EdgeFlora.Coordinator.Specs;

/// <summary>A model that a run begins from: either a committed round of another run, or a PEFT folder on the service's machine.</summary>
public sealed record StartingPoint
{
    /// <summary>PEFT folder; its rank, variant and target modules must be the spec's.</summary>
    public string? Adapter { get; init; }

    /// <summary>Another run of the same service.</summary>
    public Guid? RunId { get; init; }

    /// <summary>Round of <see cref="RunId"/>, from 1; null: its newest committed one.</summary>
    public int? Round { get; init; }
}
