namespace EdgeFlora.Learning.Portable;

/// <summary>A matrix [rows × columns] computed by an operation, with its gradient where one is wanted. Lives until the tape is reset.</summary>
internal sealed class Activation
{
    private Arena? arena;
    private Memory<float> value;
    private Memory<float> gradient;

    // Where the gradient will be written, if that was settled beforehand.
    private Memory<float> reserved;
    private bool spent;

    public int Rows { get; private set; }

    public int Columns { get; private set; }

    public int Length => Rows * Columns;

    /// <summary>Whether something trained lies below; only then does backward visit it.</summary>
    public bool NeedsGradient { get; private set; }

    /// <summary>Whether a later operation has written the gradient already, so that the next one must add to it.</summary>
    public bool HasGradient => !gradient.IsEmpty;

    /// <exception cref="InvalidOperationException">An activation function has used the values up.</exception>
    public Span<float> Value => !spent ? value.Span : throw new InvalidOperationException(
        "An activation function has kept its derivative in the place of its input; nothing else may read that.");

    /// <summary>The gradient as far as it has been written.</summary>
    public Span<float> Gradient => gradient.Span;

    public void Set(Arena from, int rows, int columns, bool needsGradient)
    {
        arena = from;
        Rows = rows;
        Columns = columns;
        NeedsGradient = needsGradient;
        value = from.Take(checked(rows * columns));
        spent = false;
        gradient = default;
        reserved = default;
    }

    /// <summary>The values, for the one operation that reads them and leaves something else in their place.</summary>
    public Span<float> Spend()
    {
        spent = true;
        return value.Span;
    }

    /// <summary>
    /// Takes the place that begins at a mark, gives everything above back, and takes over the values of an activation that lay there or above.
    /// </summary>
    public void MoveTo(Arena from, ArenaMark mark, Activation computed)
    {
        Memory<float> values = computed.value;
        from.Rewind(mark);
        Set(from, computed.Rows, computed.Columns, computed.NeedsGradient);

        // Parts of the two places may be the same.
        values.Span.CopyTo(value.Span);
    }

    /// <summary>
    /// Settles where the gradient will be written, before memory is taken that is given back while the gradient stays. Whether it has been written
    /// does not change.
    /// </summary>
    public void ReserveGradient()
    {
        if (gradient.IsEmpty && reserved.IsEmpty)
        {
            reserved = arena!.Take(Length);
        }
    }

    /// <summary>Takes over the gradient of another activation of the same shape, which is then without.</summary>
    public void TakeGradientOf(Activation other)
    {
        gradient = other.gradient;
        other.gradient = default;
    }

    /// <summary>The gradient for an operation that overwrites it when <see cref="HasGradient"/> was false and adds to it otherwise.</summary>
    public Span<float> GradientToWrite()
    {
        if (gradient.IsEmpty)
        {
            gradient = reserved.IsEmpty ? arena!.Take(Length) : reserved;
            reserved = default;
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
