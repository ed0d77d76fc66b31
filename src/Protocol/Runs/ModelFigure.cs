namespace EdgeFlora.Protocol.Runs;

/// <summary>How good the model of a round was measured to be.</summary>
/// <param name="Round">From 1.</param>
/// <param name="Value">Loss or accuracy, the same for all of a run; null: it was not measured.</param>
/// <param name="MayCome">Whether a figure that is absent may still come.</param>
internal readonly record struct ModelFigure(int Round, double? Value, bool MayCome = false)
{
    /// <summary>The value where it can be compared; a mean of what agents state may have left the finite numbers.</summary>
    public double? Known => Value is { } value && double.IsFinite(value) ? value : null;
}
