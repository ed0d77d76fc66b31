namespace EdgeFlora.Learning.Portable;

/// <summary>A matrix [rows × columns] computed by an operation, with its gradient where one is wanted. Lives until the tape is reset.</summary>
internal sealed class Activation
{
    private Arena? arena;
    private Memory<float> value;
    private Memory<float> gradient;

    public int Rows { get; private set; }

    public int Columns { get; private set; }

    public int Length => Rows * Columns;

    /// <summary>Whether something trained lies below; only then does backward visit it.</summary>
    public bool NeedsGradient { get; private set; }

    /// <summary>Whether a later operation has written the gradient already, so that the next one must add to it.</summary>
    public bool HasGradient => !gradient.IsEmpty;

    public Span<float> Value => value.Span;

    /// <summary>The gradient as far as it has been written.</summary>
    public Span<float> Gradient => gradient.Span;

    public void Set(Arena from, int rows, int columns, bool needsGradient)
    {
        arena = from;
        Rows = rows;
        Columns = columns;
        NeedsGradient = needsGradient;
        value = from.Take(checked(rows * columns));
        gradient = default;
    }

    /// <summary>The gradient for an operation that overwrites it when <see cref="HasGradient"/> was false and adds to it otherwise.</summary>
    public Span<float> GradientToWrite()
    {
        if (gradient.IsEmpty)
        {
            gradient = arena!.Take(Length);
        }

        return gradient.Span;
    }

    /// <summary>The gradient for an operation that always adds: zero at first.</summary>
    public Span<float> GradientToAddTo()
    {
        bool first = gradient.IsEmpty;
        Span<float> span = GradientToWrite();
        if (first)
        {
            span.Clear();
        }

        return span;
    }

    /// <summary>Gives the gradient's memory back once no operation will read it any more.</summary>
    public void ReleaseGradient()
    {
        if (!gradient.IsEmpty)
        {
            arena!.Return(gradient);
            gradient = default;
        }
    }
}
