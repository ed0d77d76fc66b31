using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Learning.Adapting;

/// <summary>Where a parameter's values lie, and where its gradient goes.</summary>
internal readonly record struct WeightBinding
{
    private readonly ReadOnlyMemory<float> trained;

    // The values as products read them; of a trained parameter a view of the same memory.
    private readonly FrozenWeight? matrix;

    /// <summary>Values in single precision.</summary>
    /// <param name="value">All values, row by row.</param>
    /// <param name="gradientOffset">First value in the flat gradient, or −1 if they are frozen.</param>
    public WeightBinding(ReadOnlyMemory<float> value, int gradientOffset)
    {
        trained = value;
        GradientOffset = gradientOffset;
    }

    /// <summary>A parameter that stays as it is.</summary>
    public WeightBinding(FrozenWeight weight)
    {
        matrix = weight;
        GradientOffset = -1;
    }

    private WeightBinding(WeightBinding binding, int rows, int columns)
        : this(binding.trained, binding.GradientOffset) => matrix = new FrozenWeight(rows, columns, trained);

    /// <summary>First value in the flat gradient, or −1 if the parameter is frozen.</summary>
    public int GradientOffset { get; }

    public bool Trained => GradientOffset >= 0;

    /// <summary>All values, row by row.</summary>
    /// <exception cref="InvalidOperationException">The parameter is frozen and not held in single precision; <see cref="Read"/> and <see cref="Multiply"/> take any type.</exception>
    public ReadOnlyMemory<float> Value => matrix is null || Trained ? trained : matrix.Singles;

    /// <summary>Fills <paramref name="destination"/> with the values from <paramref name="start"/> on, in single precision.</summary>
    public void Read(int start, Span<float> destination)
    {
        if (matrix is null || Trained)
        {
            trained.Span.Slice(start, destination.Length).CopyTo(destination);
        }
        else
        {
            matrix.Read(start, destination);
        }
    }

    /// <summary>y = row + x·op(W) + h·op(G), plus y when <paramref name="accumulate"/>, all without gaps between rows; op(W) is Wᵀ when <paramref name="transpose"/>.</summary>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="inputs">Columns of x.</param>
    /// <param name="outputs">Columns of y.</param>
    public void Multiply(int rows, int inputs, int outputs, ReadOnlySpan<float> x, bool transpose, Span<float> y, bool accumulate = false, in ProductAddition addition = default) =>
        MatrixProduct.Multiply(rows, x, inputs, matrix!, transpose, y, outputs, addition, accumulate);

    /// <summary>The same values as a matrix, for <see cref="Multiply"/>.</summary>
    public WeightBinding Shaped(int rows, int columns) => new(this, rows, columns);
}
