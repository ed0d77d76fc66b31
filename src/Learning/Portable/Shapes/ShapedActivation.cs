namespace EdgeFlora.Learning.Portable.Shapes;

/// <summary>The shape of an <see cref="Activation"/>, and where its gradient would lie.</summary>
internal sealed class ShapedActivation(int rows, int columns, bool needsGradient)
{
    private long? gradient;
    private long? reserved;

    public int Rows => rows;

    public int Columns => columns;

    public bool NeedsGradient => needsGradient;

    public long Length => (long)rows * columns;

    public void WriteGradient(ArenaMeter arena)
    {
        gradient ??= reserved ?? arena.Take(Length);
        reserved = null;
    }

    public void ReserveGradient(ArenaMeter arena)
    {
        if (gradient is null)
        {
            reserved ??= arena.Take(Length);
        }
    }

    public void TakeGradientOf(ShapedActivation other)
    {
        gradient = other.gradient;
        other.gradient = null;
    }

    public void ReleaseGradient(ArenaMeter arena)
    {
        if (gradient is { } place)
        {
            arena.Return(place, Length);
            gradient = null;
        }
    }
}
