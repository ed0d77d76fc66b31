using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Learning.Portable;

/// <summary>Where a parameter's values lie, and where its gradient goes.</summary>
internal readonly record struct WeightBinding
{
    private readonly ReadOnlyMemory<float> trained;
    private readonly FrozenWeight? frozen;

    /// <summary>A parameter that is trained.</summary>
    /// <param name="value">All values, row by row.</param>
    /// <param name="gradientOffset">First value in the flat gradient.</param>
    public WeightBinding(ReadOnlyMemory<float> value, int gradientOffset)
    {
        trained = value;
        GradientOffset = gradientOffset;
    }

    /// <summary>A parameter that stays as it is.</summary>
    public WeightBinding(FrozenWeight weight)
    {
        frozen = weight;
        GradientOffset = -1;
    }

    /// <summary>First value in the flat gradient, or −1 if the parameter is frozen.</summary>
    public int GradientOffset { get; }

    public bool Trained => GradientOffset >= 0;

    /// <summary>All values, row by row.</summary>
    /// <exception cref="InvalidOperationException">The parameter is frozen and not held in single precision; <see cref="Read"/> and <see cref="Multiply"/> take any type.</exception>
    public ReadOnlyMemory<float> Value => frozen is null ? trained : frozen.Singles;

    /// <summary>Fills <paramref name="destination"/> with the values from <paramref name="start"/> on, in single precision.</summary>
    public void Read(int start, Span<float> destination)
    {
        if (frozen is null)
        {
            trained.Span.Slice(start, destination.Length).CopyTo(destination);
        }
        else
        {
            frozen.Read(start, destination);
        }
    }

    /// <summary>y = x·W, or x·Wᵀ when <paramref name="transpose"/>, plus y when <paramref name="accumulate"/>, all without gaps between rows.</summary>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="inputs">Columns of x.</param>
    /// <param name="outputs">Columns of y.</param>
    public void Multiply(int rows, int inputs, int outputs, ReadOnlySpan<float> x, bool transpose, Span<float> y, bool accumulate)
    {
        if (frozen is null)
        {
            MatrixProduct.Multiply(rows, outputs, inputs, x, inputs, false, trained.Span, transpose ? inputs : outputs, transpose, y, outputs, accumulate);
        }
        else
        {
            MatrixProduct.Multiply(rows, x, inputs, frozen, transpose, y, outputs, accumulate);
        }
    }
}
