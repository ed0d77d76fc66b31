using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Adapting;

/// <summary>What the parameters and layers of a model are bound to in one training. Read-only while a step runs.</summary>
internal sealed class Weights
{
    private readonly Dictionary<Parameter, WeightBinding> parameters = [];
    private readonly Dictionary<LinearLayer, LoraBinding> adapters = [];

    public WeightBinding this[Parameter parameter] => parameters[parameter];

    public LoraBinding? AdapterOf(LinearLayer layer) => adapters.GetValueOrDefault(layer);

    /// <summary>Binds a parameter that stays as it is.</summary>
    public void Freeze(Parameter parameter, FrozenWeight value) => parameters.Add(parameter, new WeightBinding(value));

    /// <summary>Binds a parameter that stays as it is, in single precision.</summary>
    public void Freeze(Parameter parameter, ReadOnlyMemory<float> value) => Freeze(parameter, new FrozenWeight(parameter.Rows, parameter.Columns, value));

    /// <summary>Binds a parameter that is trained.</summary>
    public void Train(Parameter parameter, WeightBinding binding) => parameters.Add(parameter, binding.Shaped(parameter.Rows, parameter.Columns));

    public void Adapt(LinearLayer layer, LoraBinding adapter) => adapters.Add(layer, adapter);
}
