namespace EdgeFlora.Adapters;

/// <summary>A fully trained tensor that travels with an adapter (PEFT's <c>modules_to_save</c>): a classification head's weight or bias.</summary>
public sealed class DenseTensor
{
    /// <summary>Takes over <paramref name="values"/>, last dimension fastest.</summary>
    /// <exception cref="ArgumentException">The number of values is not the product of the dimensions.</exception>
    public DenseTensor(int[] shape, float[] values)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(values);
        long count = 1;
        foreach (int dimension in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension, nameof(shape));
            count = checked(count * dimension);
        }

        if (count != values.Length)
        {
            throw new ArgumentException($"A [{string.Join('×', shape)}] tensor has {count} values, not {values.Length}.", nameof(values));
        }

        Shape = shape;
        Values = values;
    }

    public IReadOnlyList<int> Shape { get; }

#pragma warning disable CA1819 // Kernels work on the array itself; a copy per access would be wrong.
    public float[] Values { get; }
#pragma warning restore CA1819

    public DenseTensor Clone() => new([.. Shape], (float[])Values.Clone());
}
