using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Aggregation.ServerSteps;

/// <summary>
/// A <see cref="ServerState"/> as safetensors, all F32: for a module M the first moment <c>M.lora_A.weight</c> and <c>M.lora_B.weight</c>, the second
/// <c>M.outputs</c> and <c>M.inputs</c>; for a tensor T trained in full <c>T.first</c> and <c>T.second</c>.
/// </summary>
/// <remarks>Same state, same bytes. Earlier versions wrote first moments of modules alone; such a file is read as well.</remarks>
public static class ServerStateFile
{
    private const string A = ".lora_A.weight";
    private const string B = ".lora_B.weight";
    private const string Outputs = ".outputs";
    private const string Inputs = ".inputs";
    private const string First = ".first";
    private const string Second = ".second";

    /// <exception cref="AdapterFormatException">A value is not finite, or the file would exceed 2 GiB.</exception>
    public static byte[] Write(ServerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var tensors = new List<TensorData>();
        foreach ((string name, ModuleMoments moments) in state.Modules)
        {
            tensors.Add(new TensorData(name + A, [moments.First.Rank, moments.First.Inputs], moments.First.A.Memory));
            tensors.Add(new TensorData(name + B, [moments.First.Outputs, moments.First.Rank], moments.First.B.Memory));
            if (moments.Second is { } second)
            {
                tensors.Add(new TensorData(name + Outputs, [second.Outputs.Count], second.Outputs.ToArray()));
                tensors.Add(new TensorData(name + Inputs, [second.Inputs.Count], second.Inputs.ToArray()));
            }
        }

        foreach ((string name, TensorMoments moments) in state.Saved)
        {
            tensors.Add(new TensorData(name + First, [moments.First.Count], moments.First.ToArray()));
            if (moments.Second is { } second)
            {
                tensors.Add(new TensorData(name + Second, [second.Count], second.ToArray()));
            }
        }

        return SafetensorsWriter.Bytes(
            tensors, new Dictionary<string, string> { ["format"] = "pt", ["edgeflora"] = "server-state 1" }, "The state of the server step");
    }

    /// <summary>Reads the state of a run that publishes adapters like <paramref name="adapter"/>.</summary>
    /// <exception cref="AdapterFormatException">Malformed, or not of this adapter; the message names file and tensor.</exception>
    /// <exception cref="IOException">The file is missing or unreadable.</exception>
    public static ServerState Read(string path, AdapterShape adapter)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        var modules = new SortedDictionary<string, ModuleMoments>(StringComparer.Ordinal);
        foreach (ModuleShape shape in adapter.Modules)
        {
            int rank = file.Tensors.TryGetValue(shape.Name + A, out TensorInfo? a) && a.Shape.Count == 2 ? a.Shape[0] : 0;
            if (rank < 1 || rank > Math.Min(shape.Outputs, shape.Inputs))
            {
                throw new AdapterFormatException(
                    $"{path}: tensor '{shape.Name}{A}' is missing or of no rank from 1 to {Math.Min(shape.Outputs, shape.Inputs)}.");
            }

            var first = new LoraFactors(
                new Matrix(rank, shape.Inputs, Values(file, shape.Name + A, rank * shape.Inputs)),
                new Matrix(shape.Outputs, rank, Values(file, shape.Name + B, shape.Outputs * rank)));
            modules.Add(shape.Name, new ModuleMoments(first, file.Tensors.ContainsKey(shape.Name + Outputs)
                ? new SecondMoment(Values(file, shape.Name + Outputs, shape.Outputs), Values(file, shape.Name + Inputs, shape.Inputs))
                : null));
        }

        var saved = new SortedDictionary<string, TensorMoments>(StringComparer.Ordinal);
        foreach ((string name, IReadOnlyList<int> dimensions) in adapter.Saved.Where(tensor => file.Tensors.ContainsKey(tensor.Name + First)))
        {
            int length = dimensions.Aggregate(1, (product, dimension) => product * dimension);
            saved.Add(name, new TensorMoments(
                Values(file, name + First, length), file.Tensors.ContainsKey(name + Second) ? Values(file, name + Second, length) : null));
        }

        return new ServerState(modules, saved);
    }

    private static float[] Values(SafetensorsFile file, string name, int length)
    {
        if (!file.Tensors.TryGetValue(name, out TensorInfo? tensor) || tensor.Type != TensorType.F32
            || tensor.Shape.Aggregate(1L, (product, dimension) => product * dimension) != length)
        {
            throw new AdapterFormatException($"{file.Path}: tensor '{name}' is missing or not of {length} F32 values.");
        }

        float[] values = file.ReadSingles(name);
        FiniteValues.Check(values, float.MaxValue, $"{file.Path}: tensor '{name}'", "single precision");
        return values;
    }
}
