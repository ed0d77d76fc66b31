using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Learning.Models;

/// <summary>Reads the weights of a model and refuses whatever does not fit it.</summary>
internal static class Checkpoint
{
    /// <summary>Values of all parameters of <paramref name="layout"/>.</summary>
    /// <param name="known">Tensors that the family publishes beside those of the layout, such as heads for other tasks; they are passed over.</param>
    /// <exception cref="InvalidDataException">A tensor is missing, misshapen, not finite or belongs to no model of the family; the message names it.</exception>
    public static Dictionary<Parameter, float[]> Read(SafetensorsSet file, string folder, ModelLayout layout, Func<string, bool> known)
    {
        var values = new Dictionary<Parameter, float[]>();
        foreach (Parameter parameter in layout.Parameters)
        {
            if (parameter.Formula is { } formula)
            {
                values.Add(parameter, formula.Compute(values[formula.Source]));
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

            float[] singles = file.ReadSingles(parameter.Name);
            int broken = Array.FindIndex(singles, value => !float.IsFinite(value));
            if (broken >= 0)
            {
                throw new InvalidDataException($"{folder}: tensor {tensor.Name} holds {singles[broken]} at position {broken}; weights are finite numbers.");
            }

            values.Add(parameter, parameter.StoredTransposed ? Transposed(singles, parameter.Rows, parameter.Columns) : singles);
        }

        HashSet<string> expected = layout.Parameters.Select(parameter => parameter.Name).ToHashSet(StringComparer.Ordinal);
        string? extra = file.Tensors.Keys.FirstOrDefault(name => !expected.Contains(name) && !known(name));
        return extra is null
            ? values
            : throw new InvalidDataException($"{folder}: tensor {extra} belongs to no layer of the model that config.json describes.");
    }

    /// <summary>[rows × columns] from [columns × rows].</summary>
    private static float[] Transposed(float[] stored, int rows, int columns)
    {
        float[] values = new float[stored.Length];
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
