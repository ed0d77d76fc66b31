using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Learning.Models;

/// <summary>Reads the weights of a model and refuses whatever does not fit it.</summary>
internal static class Checkpoint
{
    // Values that are widened at a time to be looked at: they stay in the first-level cache.
    private const int Piece = 8192;

    /// <summary>All parameters of <paramref name="layout"/>.</summary>
    /// <param name="known">Tensors that the family publishes beside those of the layout, such as heads for other tasks; they are passed over.</param>
    /// <exception cref="InvalidDataException">
    /// A tensor is missing, misshapen, not finite or belongs to no model of the family; the message names it.
    /// </exception>
    public static Dictionary<Parameter, FrozenWeight> Read(
        SafetensorsSet file, string folder, ModelLayout layout, Func<string, bool> known, WeightStorage storage)
    {
        var weights = new Dictionary<Parameter, FrozenWeight>();
        float[] piece = new float[Piece];
        foreach (Parameter parameter in layout.Parameters)
        {
            if (parameter.Formula is { } formula)
            {
                weights.Add(parameter, formula.Compute is { } compute
                    ? new FrozenWeight(parameter.Rows, parameter.Columns, compute(weights[formula.Source].ToArray()))
                    : weights[formula.Source]);
                continue;
            }

            if (!file.Tensors.TryGetValue(parameter.Name, out TensorInfo? tensor))
            {
                throw new InvalidDataException($"{folder}: the weights lack tensor {parameter}, which config.json asks for.");
            }

            IEnumerable<int> shape = parameter.StoredTransposed ? parameter.Shape.Reverse() : parameter.Shape;
            if (!tensor.Shape.SequenceEqual(shape))
            {
                throw new InvalidDataException(
                    $"{folder}: tensor {tensor.Name} is [{string.Join('×', tensor.Shape)}], but config.json makes it [{string.Join('×', shape)}].");
            }

            CheckFinite(file, folder, tensor, piece);
            weights.Add(parameter, Weight(file, tensor, parameter, storage));

            // What was looked at once need not stay in memory: a small device has no room for a whole model that is rounded anyway.
            file.Unload(tensor.Name);
        }

        HashSet<string> expected = layout.Parameters.Select(parameter => parameter.Name).ToHashSet(StringComparer.Ordinal);
        string? extra = file.Tensors.Keys.FirstOrDefault(name => !expected.Contains(name) && !known(name));
        return extra is null
            ? weights
            : throw new InvalidDataException($"{folder}: tensor {extra} belongs to no layer of the model that config.json describes.");
    }

    private static void CheckFinite(SafetensorsSet file, string folder, TensorInfo tensor, float[] piece)
    {
        for (long start = 0; start < tensor.Count; start += piece.Length)
        {
            Span<float> values = piece.AsSpan(0, (int)Math.Min(piece.Length, tensor.Count - start));
            file.ReadSingles(tensor.Name, start, values);

            // The largest magnitude is NaN if any value is.
            if (float.IsFinite(TensorPrimitives.MaxMagnitude<float>(values)))
            {
                continue;
            }

            int broken = 0;
            while (float.IsFinite(values[broken]))
            {
                broken++;
            }

            throw new InvalidDataException(
                $"{folder}: tensor {tensor.Name} holds {values[broken]} at position {start + broken}; weights are finite numbers.");
        }
    }

    /// <summary>
    /// Vectors (biases, norms) are small and read whole by every operation: they are always widened. So is F64, which no kernel reads.
    /// </summary>
    private static FrozenWeight Weight(SafetensorsSet file, TensorInfo tensor, Parameter parameter, WeightStorage storage)
    {
        if (parameter.StoredTransposed)
        {
            return Rounded(Turned(file, tensor, parameter, storage), storage);
        }

        if (storage == WeightStorage.Singles
            || parameter.Shape.Count == 1
            || tensor.Type is not (TensorType.F32 or TensorType.F16 or TensorType.BF16))
        {
            FrozenWeight copy = new(parameter.Rows, parameter.Columns, file.ReadSingles(tensor.Name));
            return parameter.Shape.Count == 2 ? Rounded(copy, storage) : copy;
        }

        FrozenWeight mapped = tensor.Type == TensorType.F32
            ? new FrozenWeight(parameter.Rows, parameter.Columns, file.Map<float>(tensor.Name) ?? file.ReadSingles(tensor.Name))
            : FrozenWeight.Narrow(tensor.Type, parameter.Rows, parameter.Columns, file.Map<byte>(tensor.Name) ?? file.Bytes(tensor.Name).ToArray());
        return Rounded(mapped, storage);
    }

    /// <summary>A rounded copy, where the storage is one that rounds.</summary>
    public static FrozenWeight Rounded(FrozenWeight weight, WeightStorage storage) => storage switch
    {
        WeightStorage.EightBit => weight.Quantise(),
        WeightStorage.FourBit => weight.ToNormalFloats(),
        WeightStorage.Bf16 => weight.ToBfloat16(),
        _ => weight,
    };

    /// <summary>A copy in the file's type where that is narrow, for rows must lie in one piece.</summary>
    private static FrozenWeight Turned(SafetensorsSet file, TensorInfo tensor, Parameter parameter, WeightStorage storage)
    {
        (int rows, int columns) = (parameter.Rows, parameter.Columns);
        if (storage == WeightStorage.Singles || tensor.Type is not (TensorType.F16 or TensorType.BF16))
        {
            return new FrozenWeight(rows, columns, Transposed<float>(file.ReadSingles(tensor.Name), rows, columns));
        }

        ushort[] turned = Transposed(MemoryMarshal.Cast<byte, ushort>(file.Bytes(tensor.Name)), rows, columns);
        return FrozenWeight.Narrow(tensor.Type, rows, columns, MemoryMarshal.AsBytes<ushort>(turned).ToArray());
    }

    /// <summary>[rows × columns] from [columns × rows].</summary>
    private static T[] Transposed<T>(ReadOnlySpan<T> stored, int rows, int columns)
    {
        var values = new T[stored.Length];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                values[(i * columns) + j] = stored[(j * rows) + i];
            }
        }

        return values;
    }
}
