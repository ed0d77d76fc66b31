using EdgeFlora.Adapters;

namespace EdgeFlora.EdgeAgent.Engines;

/// <summary>What a training, or a measuring, gave.</summary>
public sealed record TrainingOutcome
{
    /// <summary>
    /// The trained adapter: settings, modules and shapes of the task's, all values finite, frozen factors untouched. Null where nothing was trained.
    /// </summary>
    public LoraAdapter? Adapter { get; init; }

    /// <summary>How well the task's adapter does on the held-out rows. Needed where the task only measures.</summary>
    public HeldOutFigures? Before { get; init; }

    /// <summary>How well the trained adapter does on them; null where that was not measured.</summary>
    public HeldOutFigures? After { get; init; }
}
