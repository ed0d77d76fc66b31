namespace EdgeFlora.Learning.Portable;

/// <summary>Where a parameter's values lie, and where its gradient goes.</summary>
/// <param name="Value">All values, row by row.</param>
/// <param name="GradientOffset">First value in the flat gradient, or −1 if the parameter is frozen.</param>
internal readonly record struct WeightBinding(ReadOnlyMemory<float> Value, int GradientOffset)
{
    public bool Trained => GradientOffset >= 0;
}
