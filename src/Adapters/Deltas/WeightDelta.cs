using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Adapters.Deltas;

/// <summary>A change of one weight, ΔW [outputs × inputs], as the product B·A or in full, whichever has fewer values. Immutable.</summary>
public sealed class WeightDelta
{
    /// <summary>ΔW = B·A.</summary>
    public WeightDelta(LoraFactors factors)
    {
        ArgumentNullException.ThrowIfNull(factors);
        Factors = factors;
        (Outputs, Inputs) = (factors.Outputs, factors.Inputs);
    }

    /// <summary>ΔW in full [outputs × inputs].</summary>
    public WeightDelta(Matrix full)
    {
        ArgumentNullException.ThrowIfNull(full);
        Full = full;
        (Outputs, Inputs) = (full.Rows, full.Columns);
    }

    /// <summary>The product; null where ΔW is kept in full.</summary>
    public LoraFactors? Factors { get; }

    /// <summary>[outputs × inputs]; null where ΔW is kept as a product.</summary>
    public Matrix? Full { get; }

    public int Outputs { get; }

    public int Inputs { get; }

    /// <summary>
    /// This change and scale·B·A together: side by side as long as that is smaller than ΔW in full, from then on in full. So it never outgrows the
    /// weight.
    /// </summary>
    /// <exception cref="ArgumentException">The product is of another shape.</exception>
    public WeightDelta Plus(LoraFactors product, float scale)
    {
        ArgumentNullException.ThrowIfNull(product);
        if (product.Outputs != Outputs || product.Inputs != Inputs)
        {
            throw new ArgumentException(
                $"A [{product.Outputs}×{product.Inputs}] product cannot be added to a change of a [{Outputs}×{Inputs}] weight.", nameof(product));
        }

        LoraFactors scaled = Scaled(product, scale);
        if (Factors is { } held && IsSmaller(held.Rank + product.Rank))
        {
            return new WeightDelta(Beside(held, scaled));
        }

        Matrix sum = ToMatrix();
        Add(scaled, sum.Values);
        return new WeightDelta(sum);
    }

    /// <summary>scale·B·A as a change of its own.</summary>
    public static WeightDelta Of(LoraFactors product, float scale)
    {
        ArgumentNullException.ThrowIfNull(product);
        var delta = new WeightDelta(Scaled(product, scale));
        return delta.IsSmaller(product.Rank) ? delta : new WeightDelta(delta.ToMatrix());
    }

    /// <summary>weight += ΔW; the same bits for any number of threads.</summary>
    /// <param name="weight">[outputs × inputs], row by row.</param>
    public void AddTo(Span<float> weight)
    {
        if (weight.Length != (long)Outputs * Inputs)
        {
            throw new ArgumentException($"A change of a [{Outputs}×{Inputs}] weight does not fit {weight.Length} values.", nameof(weight));
        }

        if (Factors is { } factors)
        {
            Add(factors, weight);
        }
        else
        {
            System.Numerics.Tensors.TensorPrimitives.Add(weight, Full!.Values, weight);
        }
    }

    /// <summary>ΔW in full, as a copy.</summary>
    public Matrix ToMatrix()
    {
        var full = new Matrix(Outputs, Inputs);
        AddTo(full.Values);
        return full;
    }

    private bool IsSmaller(int rank) => (long)rank * ((long)Outputs + Inputs) < (long)Outputs * Inputs;

    private static void Add(LoraFactors factors, Span<float> weight) => MatrixProduct.Multiply(
        factors.Outputs, factors.Inputs, factors.Rank,
        factors.B.Values, factors.Rank, false,
        factors.A.Values, factors.Inputs, false,
        weight, factors.Inputs, accumulate: true, Environment.ProcessorCount);

    private static LoraFactors Scaled(LoraFactors product, float scale)
    {
        Matrix b = product.B.Clone();
        System.Numerics.Tensors.TensorPrimitives.Multiply(b.Values, scale, b.Values);
        return new LoraFactors(product.A, b);
    }

    private static LoraFactors Beside(LoraFactors left, LoraFactors right)
    {
        var a = new Matrix(left.Rank + right.Rank, left.Inputs);
        left.A.Values.CopyTo(a.Values);
        right.A.Values.CopyTo(a.Values[left.A.Values.Length..]);
        var b = new Matrix(left.Outputs, a.Rows);
        for (int row = 0; row < b.Rows; row++)
        {
            left.B.Row(row).CopyTo(b.Row(row));
            right.B.Row(row).CopyTo(b.Row(row)[left.Rank..]);
        }

        return new LoraFactors(a, b);
    }
}
