using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Adapting;

/// <summary>
/// A base model with an adapter in training: which weights are frozen, which are trained, and how the trained ones become an adapter again.
/// </summary>
internal sealed class AdaptedModel
{
    private readonly LoraAdapter start;
    private readonly Dictionary<string, TrainedTensor> trained;

    /// <param name="head">The classification head, whose tensors the adapter must save; null if the task has none.</param>
    /// <param name="frozen">Factors that are not among the trained.</param>
    /// <exception cref="ArgumentException">The adapter does not fit the model; the message names module or tensor with both shapes.</exception>
    public AdaptedModel(BaseModel model, LoraAdapter adapter, IClassificationHead? head, FrozenFactors frozen)
    {
        start = adapter;
        IReadOnlyList<Parameter> headParameters = head?.Layout.Parameters ?? [];
        Dictionary<string, Parameter> parameters = model.Network.Layout.Parameters.Concat(headParameters)
            .ToDictionary(p => p.Name, StringComparer.Ordinal);
        AdapterFit.Check(adapter, model.Network.Layout, parameters, headParameters);
        Trained = new TrainedWeights(Tensors(adapter, frozen));
        trained = Trained.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        Lay(adapter, Trained.Values);
        Bind(model, parameters);
    }

    public TrainedWeights Trained { get; }

    public Weights Weights { get; } = new();

    /// <summary>Variant and scale, without which trained values mean nothing.</summary>
    public string ScaleText => string.Create(CultureInfo.InvariantCulture, $"{start.Settings.Variant} {start.Settings.Scale:R}");

    /// <summary>A copy of the trained values as an adapter.</summary>
    public LoraAdapter Snapshot()
    {
        LoraAdapter copy = start.Clone();
        foreach ((string name, LoraFactors factors) in copy.Modules)
        {
            foreach ((string factor, Matrix matrix) in Factors(name, factors))
            {
                if (trained.TryGetValue(factor, out TrainedTensor? tensor))
                {
                    Trained.Of(tensor).CopyTo(matrix.Values);
                }
            }
        }

        foreach ((string name, DenseTensor tensor) in copy.Saved)
        {
            Trained.Of(trained[name]).CopyTo(tensor.Values);
        }

        return copy;
    }

    /// <summary>The values of another adapter of the same shape, laid out as the trained ones are.</summary>
    /// <exception cref="ArgumentException">It has another shape, or a value is not finite; the message names what differs.</exception>
    public float[] LaidOut(LoraAdapter other)
    {
        if (AdapterShape.Of(other).DifferenceFrom(AdapterShape.Of(start)) is { } difference)
        {
            throw new ArgumentException($"It does not have the shape of what is trained: {difference}.", nameof(other));
        }

        float[] values = new float[Trained.Length];
        Lay(other, values);
        return Array.TrueForAll(values, float.IsFinite)
            ? values
            : throw new ArgumentException("It holds a value that is not finite.", nameof(other));
    }

    private static string NameOfA(string module) => $"{module}.lora_A";

    private static string NameOfB(string module) => $"{module}.lora_B";

    private static (string Name, Matrix Values)[] Factors(string module, LoraFactors factors) =>
        [(NameOfA(module), factors.A), (NameOfB(module), factors.B)];

    private static IEnumerable<(string Name, int Length, bool Decays)> Tensors(LoraAdapter adapter, FrozenFactors frozen)
    {
        foreach ((string name, LoraFactors factors) in adapter.Modules)
        {
            if (!frozen.HasA(name))
            {
                yield return (NameOfA(name), factors.A.Values.Length, true);
            }

            if (!frozen.HasB(name))
            {
                yield return (NameOfB(name), factors.B.Values.Length, true);
            }
        }

        foreach ((string name, DenseTensor tensor) in adapter.Saved)
        {
            yield return (name, tensor.Values.Length, tensor.Shape.Count > 1);
        }
    }

    private void Lay(LoraAdapter adapter, Span<float> into)
    {
        foreach ((string name, LoraFactors factors) in adapter.Modules)
        {
            foreach ((string factor, Matrix matrix) in Factors(name, factors))
            {
                if (trained.TryGetValue(factor, out TrainedTensor? tensor))
                {
                    matrix.Values.CopyTo(into.Slice(tensor.Offset, tensor.Length));
                }
            }
        }

        foreach ((string name, DenseTensor tensor) in adapter.Saved)
        {
            tensor.Values.CopyTo(into.Slice(trained[name].Offset, trained[name].Length));
        }
    }

    private void Bind(BaseModel model, Dictionary<string, Parameter> parameters)
    {
        foreach (Parameter parameter in parameters.Values)
        {
            if (trained.TryGetValue(parameter.Name, out TrainedTensor? tensor))
            {
                Weights.Train(parameter, Trained.Bind(tensor));
            }
            else
            {
                Weights.Freeze(parameter, model.Weight(parameter));
            }
        }

        foreach (LinearLayer layer in model.Network.Layout.Linears)
        {
            if (start.Modules.TryGetValue(layer.Name, out LoraFactors? factors))
            {
                Weights.Adapt(layer, Binding(model, layer, factors));
            }
        }
    }

    private LoraBinding Binding(BaseModel model, LinearLayer layer, LoraFactors factors)
    {
        AdapterVariant variant = start.Settings.Variant;
        return new LoraBinding(factors.Rank, (float)start.Settings.Scale, Bind(NameOfA(layer.Name), factors.A), Bind(NameOfB(layer.Name), factors.B))
        {
            Variant = variant,
            Dora = variant == AdapterVariant.Dora
                ? DoraBinding.Of(Trained.Bind(trained[layer.Name + ModuleNames.MagnitudeSuffix]), layer, model.Weight(layer.Weight))
                : null,
        };
    }

    /// <summary>Where a factor is trained, or a copy of it that stays.</summary>
    private WeightBinding Bind(string name, Matrix values) =>
        trained.TryGetValue(name, out TrainedTensor? tensor) ? Trained.Bind(tensor) : new WeightBinding(values.Clone().Memory, -1);
}
