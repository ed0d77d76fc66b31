using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Deltas;

/// <summary>
/// A <see cref="BaseDelta"/> as safetensors: <c>M.weight</c> [outputs × inputs] for a change in full, <c>M.lora_A.weight</c> and
/// <c>M.lora_B.weight</c> for B·A, all F32.
/// </summary>
/// <remarks>Same change, same bytes. M is the module's name in the base model; its weight tensor is <c>M.weight</c> there.</remarks>
public static class BaseDeltaFile
{
    private const string Full = ".weight";
    private const string A = ".lora_A.weight";
    private const string B = ".lora_B.weight";

    /// <exception cref="AdapterFormatException">A value is not finite, or the file would exceed 2 GiB.</exception>
    public static byte[] Write(BaseDelta delta)
    {
        ArgumentNullException.ThrowIfNull(delta);
        var tensors = new List<TensorData>();
        foreach ((string module, WeightDelta change) in delta.Modules)
        {
            if (change.Factors is { } factors)
            {
                tensors.Add(new TensorData(module + A, [factors.Rank, factors.Inputs], factors.A.Memory));
                tensors.Add(new TensorData(module + B, [factors.Outputs, factors.Rank], factors.B.Memory));
            }
            else
            {
                tensors.Add(new TensorData(module + Full, [change.Outputs, change.Inputs], change.Full!.Memory));
            }
        }

        return SafetensorsWriter.Bytes(
            tensors, new Dictionary<string, string> { ["format"] = "pt", ["edgeflora"] = "base-delta 1" }, "The base delta");
    }

    /// <summary>Reads a file of unknown origin.</summary>
    /// <param name="modules">Modules that may change, with their shapes; others are refused. Not every one need be there.</param>
    /// <exception cref="AdapterFormatException">
    /// Malformed, of another model, or with a value that is not finite; the message names file, tensor and what would be right.
    /// </exception>
    /// <exception cref="IOException">The file is missing or unreadable.</exception>
    public static BaseDelta Read(string path, IEnumerable<ModuleShape> modules)
    {
        Dictionary<string, ModuleShape> shapes = modules.ToDictionary(module => module.Name, StringComparer.Ordinal);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        var deltas = new Dictionary<string, WeightDelta>(StringComparer.Ordinal);
        foreach (string name in file.Tensors.Keys)
        {
            // B's name is met when A's is not there, or was read with it.
            string module = Module(name, A) ?? Module(name, B) ?? Module(name, Full) ?? string.Empty;
            if (!shapes.TryGetValue(module, out ModuleShape? shape))
            {
                throw new AdapterFormatException($"{path}: tensor '{name}' changes no adapted module of the model; expected names such as "
                    + $"'{shapes.Keys.Min(StringComparer.Ordinal)}{Full}'.");
            }

            if (!deltas.TryGetValue(module, out WeightDelta? read))
            {
                deltas.Add(module, Read(file, shape));
            }
            else if (read.Factors is not null && name == module + Full)
            {
                throw new AdapterFormatException($"{path}: module '{module}' is changed both in full and by factors; expected one of the two.");
            }
        }

        return new BaseDelta(deltas);
    }

    private static WeightDelta Read(SafetensorsFile file, ModuleShape shape)
    {
        if (!file.Tensors.ContainsKey(shape.Name + A) && !file.Tensors.ContainsKey(shape.Name + B))
        {
            return new WeightDelta(ReadMatrix(file, shape.Name + Full, shape.Outputs, shape.Inputs));
        }

        int rank = file.Tensors.TryGetValue(shape.Name + A, out TensorInfo? a) && a.Shape.Count == 2 ? a.Shape[0] : 0;
        if (rank < 1 || rank > Math.Min(shape.Outputs, shape.Inputs))
        {
            throw new AdapterFormatException(
                $"{file.Path}: tensor '{shape.Name}{A}' is {Shown(a)}, expected [rank×{shape.Inputs}] with a rank from 1 to "
                + $"{Math.Min(shape.Outputs, shape.Inputs)}.");
        }

        return new WeightDelta(
            new LoraFactors(ReadMatrix(file, shape.Name + A, rank, shape.Inputs), ReadMatrix(file, shape.Name + B, shape.Outputs, rank)));
    }

    private static Matrix ReadMatrix(SafetensorsFile file, string name, int rows, int columns)
    {
        if (!file.Tensors.TryGetValue(name, out TensorInfo? tensor) || tensor.Type != TensorType.F32 || !tensor.Shape.SequenceEqual([rows, columns]))
        {
            throw new AdapterFormatException($"{file.Path}: tensor '{name}' is {Shown(tensor)}, expected F32 [{rows}×{columns}].");
        }

        float[] values = file.ReadSingles(name);
        FiniteValues.Check(values, float.MaxValue, $"{file.Path}: tensor '{name}'", "single precision");
        return new Matrix(rows, columns, values);
    }

    private static string? Module(string name, string ending) => name.EndsWith(ending, StringComparison.Ordinal) ? name[..^ending.Length] : null;

    private static string Shown(TensorInfo? tensor) => tensor is null ? "missing" : $"{tensor.Type.Name()} [{string.Join('×', tensor.Shape)}]";
}
